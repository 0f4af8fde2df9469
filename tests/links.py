#!/usr/bin/env python3
"""Whether every link in the Markdown files leads somewhere: to a file or a folder of the repository and, after a #, to a
heading there. Links to other sites are not followed.
"""

import os
import pathlib
import re
import sys
from collections import Counter

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What is built or downloaded, and git's own.
NOT_OURS = {"target", ".git", ".bed", ".venv"}
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *$", re.MULTILINE)


def prose(file):
    return FENCED.sub("", file.read_text())


def anchors(file):
    """What GitHub makes of the headings; of equal ones, the later ones get a number."""
    found, times = set(), Counter()
    for heading in HEADING.findall(prose(file)):
        text = LINK.sub("]", heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        found.add(f"{anchor}-{times[anchor]}" if times[anchor] else anchor)
        times[anchor] += 1
    return found


def problem(file, link):
    path, _, anchor = link.partition("#")
    target = (file.parent / path).resolve() if path else file
    if not target.exists():
        return "no such file"
    if anchor and anchor not in anchors(target):
        return f"no such heading in {target.relative_to(ROOT)}"
    return None


def main():
    files = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        files += [pathlib.Path(folder, name) for name in names if name.endswith(".md")]
    broken, links = 0, 0
    for file in files:
        for link in LINK.findall(prose(file)):
            if "://" in link or link.startswith("mailto:"):
                continue
            links += 1
            if why := problem(file, link):
                print(f"{file.relative_to(ROOT)}: {link}: {why}")
                broken += 1
    print(f"links: {links} in {len(files)} files, {broken} broken")
    sys.exit(broken > 0 or links == 0)


main()
