#!/bin/sh
# Prints what the next release brings, from the fragments in changelog.d/.
#
#   changelog.sh [VERSION]     with VERSION moves it into CHANGELOG.md
set -eu
cd "$(dirname "$0")/../.."

# In the order in which they are read.
kinds='breaking security added changed fixed'

known=changelog.d/README.md
for kind in $kinds; do
    known="$known $(echo changelog.d/*."$kind".md)"
done
for file in changelog.d/*; do
    case " $known " in
    *" $file "*) ;;
    *)
        echo "changelog: $file is of none of the kinds $kinds: see changelog.d/README.md" >&2
        exit 1
        ;;
    esac
done

section() {
    printf '## %s\n' "${1:-Unreleased}"
    for kind in $kinds; do
        set -- changelog.d/*."$kind".md
        [ -e "$1" ] || continue
        printf '\n### %s\n\n' "$kind"
        for fragment; do
            sed '1s/^/- /; 1!s/^/  /' "$fragment"
        done
    done
}

[ $# -eq 1 ] || { section; exit; }

new=$(mktemp)
trap 'rm -f "$new"' EXIT
{
    printf '# Changelog\n\n'
    section "$1"
    [ ! -e CHANGELOG.md ] || sed 1d CHANGELOG.md
} >"$new"
cat "$new" >CHANGELOG.md
for kind in $kinds; do
    rm -f changelog.d/*."$kind".md
done
