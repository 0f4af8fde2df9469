#!/bin/sh
# Installs the Python programs that tests use, pinned in requirements.txt, and
# prints the folder they are in: aws (the AWS command line) and moto_server.
#
#   python.sh [DIR]
#
# The folder is the bin of a virtual environment python-KEY in DIR, where KEY
# changes with requirements.txt and the Python that runs them, so that one once
# complete is never made again. DIR is, unless given: $FARGATE_OPERATOR_CACHE,
# else $XDG_CACHE_HOME/fargate-operator, else ~/.cache/fargate-operator.
#
# If FARGATE_OPERATOR_PYTHON_BIN names a folder with both programs, that one is
# printed and nothing is installed.
#
# Only the folder goes to standard output; what is going on goes to standard
# error. May run several times at once.
set -eu

say() {
    echo "python: $*" >&2
}

die() {
    say "$@"
    exit 1
}

complete() {
    [ -x "$1/aws" ] && [ -x "$1/moto_server" ]
}

if [ -n "${FARGATE_OPERATOR_PYTHON_BIN:-}" ]; then
    if complete "$FARGATE_OPERATOR_PYTHON_BIN"; then
        echo "$FARGATE_OPERATOR_PYTHON_BIN"
        exit 0
    fi
    say "FARGATE_OPERATOR_PYTHON_BIN ($FARGATE_OPERATOR_PYTHON_BIN) lacks aws or moto_server: using an environment of our own"
fi

dir=${1:-${FARGATE_OPERATOR_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set: give a folder}/.cache}/fargate-operator}}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$(dirname "$0")"

way_out="install Python 3.11 or newer with its venv module (Debian and Ubuntu: apt install python3-venv)"
command -v python3 >/dev/null || die "there is no python3 in PATH: $way_out"
python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    die "$(python3 --version) is too old or has no venv module: $way_out"

key=$({ python3 -c 'import sys; print(sys.version, sys.prefix)' && cat requirements.txt python.sh; } | cksum | tr ' ' '-')
environment=$dir/python-$key

# One at a time where there is flock; without it, whoever comes last puts the
# same versions in the same place.
if [ ! -e "$environment/complete" ] && command -v flock >/dev/null; then
    exec 9>"$dir/python.lock"
    flock -n 9 || { say "waiting for another installation to end"; flock 9; }
fi

if [ ! -e "$environment/complete" ]; then
    say "installing moto and the AWS command line, once, into $environment"
    start=$(date +%s)
    python3 -m venv --clear "$environment" || die "making the environment failed: $way_out"
    "$environment/bin/python" -m pip --quiet --disable-pip-version-check install --no-deps --requirement requirements.txt >&2 ||
        die "pip failed, see above"
    "$environment/bin/python" -m pip --quiet --disable-pip-version-check check >&2 || die "requirements.txt is not whole, see above"
    : >"$environment/complete"
    say "installed in $(($(date +%s) - start)) s"
fi
complete "$environment/bin" || die "$environment lacks aws or moto_server: remove it and try again"
echo "$environment/bin"
