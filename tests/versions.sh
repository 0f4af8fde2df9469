#!/bin/sh
# Checks that one version is written everywhere it is written.
#
#   versions.sh [TAG]     TAG, such as v0.1.0, has to be that version too
#
# .github/release/version.sh writes it.
set -eu
cd "$(dirname "$0")/.."

version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"$/\1/p' Cargo.toml)
[ -n "$version" ] || {
    echo 'versions: Cargo.toml has no [workspace.package] version' >&2
    exit 1
}

wrong=0
# What it is, and what is written there.
same() {
    [ "$2" = "$version" ] || {
        echo "versions: $1 says '$2', Cargo.toml '$version'" >&2
        wrong=1
    }
}

same Cargo.lock "$(sed -n '/^name = "fargate-operator"$/ { n; s/^version = "\(.*\)"$/\1/p; }' Cargo.lock)"
same deploy/kustomization.yaml "$(sed -n 's/^ *newTag: //p' deploy/kustomization.yaml)"
same deploy/README.md "$(sed -n 's/^ *newTag: //p' deploy/README.md)"
for file in README.md charts/fargate-operator/README.md.in; do
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
exit "$wrong"
