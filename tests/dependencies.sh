#!/bin/sh
# Checks the dependency tree by deny.toml, with a cargo-deny of one version.
#
#   dependencies.sh CHECK…     bans, licenses, sources, advisories
#
# cargo-deny is built once from crates.io, into cargo-deny-VERSION in
# $FARGATE_OPERATOR_CACHE, else $XDG_CACHE_HOME/fargate-operator, else
# ~/.cache/fargate-operator.
#
# Advisories come from a database that is fetched from GitHub. Where it cannot
# be, this says so and ends with 75.
set -eu

version=0.20.2

say() {
    echo "dependencies: $*" >&2
}

dir=${FARGATE_OPERATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set: set FARGATE_OPERATOR_CACHE to a folder}/.cache}/fargate-operator}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$(dirname "$0")/.."

tool=$dir/cargo-deny-$version
# One at a time where there is flock.
if ! [ -x "$tool/bin/cargo-deny" ] && command -v flock >/dev/null; then
    exec 9>"$dir/cargo-deny.lock"
    flock -n 9 || { say 'waiting for another build of it to end'; flock 9; }
fi
if ! [ -x "$tool/bin/cargo-deny" ]; then
    say "building cargo-deny $version, once, into $tool (about 3 minutes on two cores)"
    # Unoptimised: built in half the time, and quick enough for this tree.
    CARGO_TARGET_DIR=$tool/build CARGO_PROFILE_DEV_DEBUG=0 \
        cargo install cargo-deny --version "$version" --locked --debug --root "$tool"
    rm -rf "$tool/build"
fi

case " $* " in
*' advisories '*)
    export GIT_TERMINAL_PROMPT=0 GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=60
    "$tool/bin/cargo-deny" fetch db || {
        say 'ADVISORIES WERE NOT CHECKED: their database could not be fetched, see above'
        exit 75
    }
    ;;
esac
exec "$tool/bin/cargo-deny" check "$@"
