#!/bin/sh
# Whether the subject of each commit has at most 72 characters, as far as git
# has the history here: of those that came after this check.
set -eu
cd "$(dirname "$0")/.."

first=$(git log --diff-filter=A --format=%H -- tests/subjects.sh | tail -n 1)
long=$(git log --no-merges --format='%h %s' "$first..HEAD" | LC_ALL=C.UTF-8 grep -E '^[^ ]+ .{73}' || :)
[ -z "$long" ] || {
    printf 'subjects: longer than 72 characters:\n%s\n' "$long" >&2
    exit 1
}
