#!/bin/sh
# Builds the control plane the tests run against and prints the folder it is in.
#
#   build.sh [DIR]
#
# The folder holds four executables: etcd, kube-apiserver,
# kube-controller-manager and kubectl (one binary under four names). It is
# control-plane-KEY in DIR, where KEY changes with the sources and the Go that
# compiles them, so that a folder once complete is never built again. DIR is,
# unless given: $FARGATE_OPERATOR_CACHE, else $XDG_CACHE_HOME/fargate-operator,
# else ~/.cache/fargate-operator.
#
# If KUBEBUILDER_ASSETS names a folder with all four, that one is printed and
# nothing is built.
#
# Only the folder goes to standard output; what is going on goes to standard
# error. May run several times at once.
set -eu

programs='etcd kube-apiserver kube-controller-manager kubectl'

say() {
    echo "control plane: $*" >&2
}

die() {
    say "$@"
    exit 1
}

# The names of those of the four that are not in folder $1.
lacking() {
    for program in $programs; do
        { [ -f "$1/$program" ] && [ -x "$1/$program" ]; } || printf ' %s' "$program"
    done
}

# Reads what Go says while it downloads and compiles, and says less: how far
# it is, and everything that is neither a download nor a package compiled.
# $1: how many packages there are.
progress() {
    awk -v total="$1" '
        /^go: downloading / { if (++down % 50 == 1) say("downloading modules (" down ")"); next }
        /^[^ ]+$/           { if (++done % 200 == 0) say(done " of at most " total " packages compiled"); next }
                            { print; fflush() }
        function say(what)  { print "control plane: " what; fflush() }
    ' >&2
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    missing=$(lacking "$KUBEBUILDER_ASSETS")
    if [ -z "$missing" ]; then
        echo "$KUBEBUILDER_ASSETS"
        exit 0
    fi
    say "KUBEBUILDER_ASSETS ($KUBEBUILDER_ASSETS) lacks$missing: using a build of our own instead"
fi

dir=${1:-${FARGATE_OPERATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set: give a folder}/.cache}/fargate-operator}}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$(dirname "$0")"

wanted=$(awk '$1 == "go" { print $2 }' go.mod)
way_out="see https://go.dev/doc/install (any Go from 1.21 on fetches the right one itself unless GOTOOLCHAIN=local),
or set KUBEBUILDER_ASSETS to a folder with$(lacking /nowhere) of Kubernetes 1.36"
command -v go >/dev/null || die "needs Go $wanted or newer, and there is no go in PATH: $way_out"
export GOWORK=off CGO_ENABLED=0
go list -m -mod=readonly >/dev/null || die "needs Go $wanted or newer, and this is $(go version): $way_out"

key=$({ go version && cat go.mod go.sum main.go build.sh; } | cksum | tr ' ' '-')
assets=$dir/control-plane-$key

# One at a time where there is flock. Without it two builds at once are twice
# the work, and still right: see the end.
if [ -n "$(lacking "$assets")" ] && command -v flock >/dev/null; then
    exec 9>"$dir/control-plane.lock"
    flock -n 9 || { say "waiting for another build of it to end"; flock 9; }
fi

if [ -z "$(lacking "$assets")" ]; then
    echo "$assets"
    exit 0
fi

kubernetes=$(awk '$1 == "k8s.io/kubernetes" { print $2; exit }' go.mod)
minor=${kubernetes#v1.}
minor=${minor%%.*}
ldflags='-s -w'
# Charts ask for the server's version; user agents carry the client's.
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    ldflags="$ldflags -X $package.gitVersion=$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=$minor"
    ldflags="$ldflags -X $package.gitTreeState=clean"
done

temporary=$(mktemp -d "$dir/.control-plane.XXXXXX")
trap 'rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM

say "building Kubernetes $kubernetes, once, into $assets"
say "this takes about 9 minutes on two cores, 2.5 GB of memory, and 4 GB of disk for Go's caches"
start=$(date +%s)
{ go list -mod=readonly -deps . 9>&- 2>&1 >"$temporary/packages" || : >"$temporary/failed"; } | progress 0
{
    [ -e "$temporary/failed" ] ||
        go build -v -mod=readonly -trimpath -buildvcs=false -ldflags "$ldflags" -o "$temporary/etcd" . 9>&- 2>&1 ||
        : >"$temporary/failed"
} | progress "$(($(wc -l <"$temporary/packages")))"
[ ! -e "$temporary/failed" ] || die "the build failed, see above"

# Each name by a rename of its own, each right whenever it is there, whoever
# put it there. Hard links, since what a program is depends on its name, and a
# symbolic link loses it to whoever resolves paths first.
mkdir -p "$assets"
for program in $programs; do
    [ -e "$temporary/$program" ] || ln "$temporary/etcd" "$temporary/$program" 2>/dev/null ||
        cp "$temporary/etcd" "$temporary/$program"
done
for program in $programs; do
    mv -f "$temporary/$program" "$assets/$program"
done
say "built in $(($(date +%s) - start)) s"
echo "$assets"
