#!/bin/sh
# Writes the version of the next release wherever tests/versions.sh looks for it,
# and what is new in it into CHANGELOG.md. A pre-release leaves that to its release.
#
#   version.sh 0.2.0
set -eu
cd "$(dirname "$0")/../.."

version=${1:?which version? version.sh 0.2.0}
echo "$version" | grep -Eq '^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$' || {
    echo "version: '$version' is not of the form 0.2.0 or 0.2.0-rc.1" >&2
    exit 1
}

sed -i "/^\[workspace.package\]/,/^\[/ s/^version = .*/version = \"$version\"/" Cargo.toml
sed -i "s/^\( *newTag:\) .*/\1 $version/" deploy/kustomization.yaml deploy/README.md
sed -i "s/^\(version\|appVersion\): .*/\1: $version/" charts/*/Chart.yaml
sed -i "s/\(--tag [^ ]*:\)[0-9][0-9A-Za-z.-]*/\1$version/" docs/quickstart.md charts/fargate-operator/README.md.in charts/fargate-operator/README.md
sed -i "s/^\( *targetRevision:\) [0-9].*/\1 $version/" gitops/argocd/applications.yaml
pattern=$(echo "$version" | sed 's/\./\\\\./g')
sed -i "s/^\( *tag:\) .*/\1 $version/; s|@refs/tags/v.*|@refs/tags/v$pattern\$|" gitops/flux/operator/charts.yaml
cargo update --workspace --quiet
case $version in
*-*) ;;
*) .github/release/changelog.sh "$version" ;;
esac
exec tests/versions.sh "v$version"
