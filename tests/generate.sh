#!/bin/sh
# Writes the files that are generated and committed all the same: the CRD and
# the chart's copy of it, the READMEs of the charts, and what GitOps tools say
# of the operator's statuses.
#
#   generate.sh [--check]
#
# With --check nothing is written, and it fails if a file is not what would be
# written. Of the statuses, and of what is said of them, their tests tell that.
set -eu
cd "$(dirname "$0")/.."

check=${1-}
stale=
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The file $1 is to be as $2.
put() {
    if [ -n "$check" ]; then
        diff -u "$1" "$2" || stale=yes
    else
        cp "$2" "$1"
    fi
}

cargo build --workspace --locked --bin fargate-operator
"${CARGO_TARGET_DIR:-target}/debug/fargate-operator" crd >"$scratch/crd.yaml"
put crds/fargateprofiles.yaml "$scratch/crd.yaml"
# A chart can only hold what lies in its folder.
put charts/fargate-operator-crds/files/fargateprofiles.yaml "$scratch/crd.yaml"

python=$(tests/python.sh)/python
"$python" charts/readme.py ${check:+"$check"} || stale=yes

if [ -n "$stale" ]; then
    [ -z "$check" ] || echo 'generate: not current, see above: make generate' >&2
    exit 1
fi
[ -z "$check" ] || exit 0

cargo test --locked --lib -- --ignored write_statuses
cargo test --locked --test gitops -- --ignored write_verdicts
