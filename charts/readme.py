#!/usr/bin/env python3
"""Writes the README.md of each chart: its README.md.in, with a table of the values in place of the line `@values@`.

    readme.py [--check]

The table comes from values.yaml. A comment that begins with `# --` describes the key below it; a map without such comments
on its keys is one row. With --check nothing is written, and the exit code is 1 if a README is not current.
"""

import json
import pathlib
import sys

import yaml

HERE = pathlib.Path(__file__).parent


def comments(text):
    """Path of each key that has a description, with it."""
    found, path, lines = {}, [], []
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("# -- "):
            lines = [bare[5:]]
        elif bare.startswith("#") and lines:
            lines.append(bare.removeprefix("#").strip())
        elif bare and not bare.startswith(("#", "- ")) and ":" in bare:
            depth = (len(line) - len(line.lstrip())) // 2
            path = path[:depth] + [bare.split(":")[0]]
            if lines:
                found[".".join(path)] = " ".join(lines)
            lines = []
        else:
            lines = []
    return found


def rows(values, described, prefix=""):
    for key, value in values.items():
        path = prefix + key
        nested = any(other.startswith(path + ".") for other in described)
        if isinstance(value, dict) and nested:
            yield from rows(value, described, path + ".")
        elif path not in described:
            sys.exit(f"values.yaml: {path} has no description (# -- …)")
        else:
            yield path, json.dumps(value), described[path]


def readme(chart):
    text = (chart / "values.yaml").read_text()
    table = ["| value | default | what it is |", "|---|---|---|"]
    for path, value, description in rows(yaml.safe_load(text), comments(text)):
        table.append(f"| `{path}` | `{value}` | {description} |")
    return (chart / "README.md.in").read_text().replace("@values@", "\n".join(table))


def main():
    check = "--check" in sys.argv[1:]
    stale = []
    for chart in sorted(path.parent for path in HERE.glob("*/Chart.yaml")):
        file, text = chart / "README.md", readme(chart)
        if file.exists() and file.read_text() == text:
            continue
        stale.append(str(file.relative_to(HERE.parent)))
        if not check:
            file.write_text(text)
    if check and stale:
        sys.exit(f"not current: {', '.join(stale)}")


main()
