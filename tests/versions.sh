#!/bin/sh
# Checks that one version is written everywhere it is written: of the operator,
# and of each toolchain that builds and tests it.
#
#   versions.sh [TAG]     TAG, such as v0.1.0, has to be the operator's too
#
# .github/release/version.sh writes the operator's.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"$/\1/p' Cargo.toml)
[ -n "$version" ] || {
    echo 'versions: Cargo.toml has no [workspace.package] version' >&2
    exit 1
}

wrong=0
# What it is, what is written there and, unless it is the operator's version in
# Cargo.toml, what should be.
same() {
    [ "$2" = "${3-$version}" ] || {
        echo "versions: $1 says '$2' and should say '${3-$version}'" >&2
        wrong=1
    }
}

same Cargo.lock "$(sed -n '/^name = "fargate-operator"$/ { n; s/^version = "\(.*\)"$/\1/p; }' Cargo.lock)"
same deploy/kustomization.yaml "$(sed -n 's/^ *newTag: //p' deploy/kustomization.yaml)"
same deploy/README.md "$(sed -n 's/^ *newTag: //p' deploy/README.md)"
for file in docs/quickstart.md charts/fargate-operator/README.md.in; do
    same "$file" "$(sed -n 's/.*--tag [^ ]*:\([0-9][0-9A-Za-z.-]*\) .*/\1/p' "$file")"
done
same gitops/argocd/applications.yaml "$(sed -n 's/^ *targetRevision: \([0-9].*\)/\1/p' gitops/argocd/applications.yaml | sort -u)"
flux=gitops/flux/operator/charts.yaml
same "$flux" "$(sed -n 's/^ *tag: //p' "$flux" | sort -u)"
same "$flux, subject" "$(sed -n 's|.*@refs/tags/v\(.*\)\$$|\1|p' "$flux" | tr -d '\\' | sort -u)"
for chart in charts/*/Chart.yaml; do
    same "$chart, version" "$(sed -n 's/^version: //p' "$chart")"
    same "$chart, appVersion" "$(sed -n 's/^appVersion: //p' "$chart" | tr -d \"\')"
done
[ $# -eq 0 ] || same 'the tag' "${1#v}"

container=.devcontainer/Dockerfile

rust=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
for file in Dockerfile "$container"; do
    same "$file, Rust" "$(sed -n 's/^FROM .*rust:\([0-9.]*\)-.*/\1/p' "$file")" "$rust"
done

# The oldest that will do: what the most demanding module asks for.
go=$(sed -n 's/^go //p' tests/*/go.mod | sort -V | tail -n 1)
same "$container, Go" "$(sed -n 's/^FROM golang:\([0-9.]*\)[-@].*/\1/p' "$container")" "$go"
same 'README.md, Go' "$(sed -n 's/.*Go (\([0-9.]*\) or newer).*/\1/p' README.md)" "$go"
module=$(sed -n 's/^ *go-version-file: //p' .github/workflows/ci.yml)
same "$module, whose Go CI takes," "$(sed -n 's/^go //p' "$module")" "$go"

python=$(sed -n 's/.*sys.version_info < (\([0-9]*\), \([0-9]*\)).*/\1.\2/p' tests/python.sh)
same "$container, Python" "$(sed -n 's/^FROM python:\([0-9.]*\)-.*/\1/p' "$container")" "$python"
same 'README.md, Python' "$(sed -n 's/.*Python (\([0-9.]*\) or newer).*/\1/p' README.md)" "$python"
same tests/python.sh "$(sed -n 's/.*install Python \([0-9.]*\) or newer.*/\1/p' tests/python.sh)" "$python"
same tests/requirements.txt "$(sed -n 's/.*Needs Python \([0-9.]*\)\.$/\1/p' tests/requirements.txt)" "$python"
exit "$wrong"
