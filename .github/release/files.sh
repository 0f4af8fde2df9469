#!/bin/sh
# Makes what people download of a release, beside the image: the charts, the CRD, and the manifests for kustomize, all three
# naming that image by its digest.
#
#   files.sh IMAGE DIGEST DIR     files.sh ghcr.io/somebody/fargate-operator sha256:… release
#
# Needs helm and yq (mikefarah's).
set -eu
cd "$(dirname "$0")/../.."

image=${1:?which image?} digest=${2:?which digest?} dir=${3:?into which folder?}
version=$(sed -n 's/^version: //p' charts/fargate-operator/Chart.yaml)
export image digest

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
name=fargate-operator-$version
mkdir "$copy/$name"
cp -R charts "$copy"
cp -R crds deploy LICENSE "$copy/$name"

yq -i '.image.repository = strenv(image) | .image.digest = strenv(digest)' "$copy/charts/fargate-operator/values.yaml"
for chart in "$copy"/charts/*/; do
    helm package --destination "$dir" "$chart"
done
for crd in crds/*.yaml; do
    [ "$crd" = crds/kustomization.yaml ] || sed '1s/^/---\n/' "$crd"
done >"$dir/fargate-operator-crds-$version.yaml"
yq -i '.images = [{"name": "fargate-operator", "newName": strenv(image), "digest": strenv(digest)}]' \
    "$copy/$name/deploy/kustomization.yaml"
# The same bytes whoever packs them.
tar --create --gzip --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" \
    --file "$dir/$name-kustomize.tar.gz" --directory "$copy" "$name"
