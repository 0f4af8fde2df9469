#!/bin/sh
# Builds the programs that the tests of charts, alerts and GitOps call, and
# prints the folder they are in.
#
#   build.sh [DIR]
#
# The folder holds four executables: helm, kubeconform, promtool (go.mod says
# which) and verdicts (of this folder). It is tools-KEY in DIR, where KEY changes
# with the sources and the Go that compiles them, so that a folder once complete
# is never built again. DIR is, unless given: $FARGATE_OPERATOR_CACHE, else
# $XDG_CACHE_HOME/fargate-operator, else ~/.cache/fargate-operator.
#
# Only the folder goes to standard output; what is going on goes to standard
# error. May run several times at once.
set -eu

programs='helm kubeconform promtool verdicts'

say() {
    echo "tools: $*" >&2
}

die() {
    say "$@"
    exit 1
}

# Whether folder $1 has all four.
complete() {
    for program in $programs; do
        { [ -f "$1/$program" ] && [ -x "$1/$program" ]; } || return 1
    done
}

dir=${1:-${FARGATE_OPERATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set: give a folder}/.cache}/fargate-operator}}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$(dirname "$0")"

wanted=$(awk '$1 == "go" { print $2 }' go.mod)
way_out='see https://go.dev/doc/install (any Go from 1.21 on fetches the right one itself unless GOTOOLCHAIN=local)'
command -v go >/dev/null || die "needs Go $wanted or newer, and there is no go in PATH: $way_out"
export GOWORK=off CGO_ENABLED=0
go list -m -mod=readonly >/dev/null || die "needs Go $wanted or newer, and this is $(go version): $way_out"

key=$({ go version && cat go.mod go.sum build.sh verdicts/*.go; } | cksum | tr ' ' '-')
tools=$dir/tools-$key

# One at a time where there is flock. Without it two builds at once are twice
# the work, and still right: each program appears by a rename of its own.
if ! complete "$tools" && command -v flock >/dev/null; then
    exec 9>"$dir/tools.lock"
    flock -n 9 || { say 'waiting for another build of them to end'; flock 9; }
fi

if complete "$tools"; then
    echo "$tools"
    exit 0
fi

temporary=$(mktemp -d "$dir/.tools.XXXXXX")
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM

helm=$(awk '$1 == "helm.sh/helm/v4" { print $2; exit }' go.mod)
say "building $programs, once, into $tools"
say "this takes about 4 minutes on two cores"
start=$(date +%s)
# The tag leaves out of promtool what it needs to ask a dozen clouds for what
# there is to scrape: more than half of its code.
# shellcheck disable=SC2046 # a package a word
go build -mod=readonly -trimpath -buildvcs=false -tags remove_all_sd \
    -ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=$helm" \
    -o "$temporary/" ./verdicts $(go list tool) 9>&- >&2 || die 'the build failed, see above'

mkdir -p "$tools"
for program in $programs; do
    mv -f "$temporary/$program" "$tools/$program"
done
say "built in $(($(date +%s) - start)) s"
echo "$tools"
