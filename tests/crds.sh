#!/bin/sh
# Whether the committed CustomResourceDefinition is the one that the operator's
# types make. Looks at the operator that tests/build.sh has built.
set -eu
cd "$(dirname "$0")/.."

"${CARGO_TARGET_DIR:-target}/debug/fargate-operator" crd | diff -u crds/fargateprofiles.yaml - || {
    echo 'crds/ is not current: cargo run -- crd >crds/fargateprofiles.yaml' >&2
    exit 1
}

# The chart has a copy, since it can only hold what lies in its folder.
diff -u crds/fargateprofiles.yaml charts/fargate-operator-crds/files/fargateprofiles.yaml || {
    echo 'the CRD of the chart is not current: cp crds/fargateprofiles.yaml charts/fargate-operator-crds/files/' >&2
    exit 1
}
