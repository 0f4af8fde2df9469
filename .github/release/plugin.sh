#!/bin/sh
# Packs kubectl-fargate for each platform, and writes its manifest for krew: kubectl-fargate-VERSION-OS-ARCH.tar.gz with the
# program and the license, and fargate.yaml.
#
#   plugin.sh REPOSITORY BUILT DIR     plugin.sh somebody/fargate-operator built release
#
# BUILT has a folder for each platform, such as linux-amd64, with the program in it.
set -eu
cd "$(dirname "$0")/../.."

repository=${1:?which repository?} built=${2:?from which folder?} dir=${3:?into which folder?}
version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"$/\1/p' Cargo.toml)
time=$(git log -1 --format=%ct)

mkdir -p "$dir"
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
sed "1d; s|@REPOSITORY@|$repository|; s|@VERSION@|$version|g" .github/release/krew.yaml >"$copy/fargate.yaml"
for platform in $(sed -n 's/.*@SHA256-\(.*\)@.*/\1/p' .github/release/krew.yaml); do
    program=kubectl-fargate
    case $platform in windows-*) program=$program.exe ;; esac
    rm -rf "$copy/files"
    mkdir "$copy/files"
    cp LICENSE "$copy/files"
    # What carried the programs here has lost their modes.
    install -m 755 "$built/$platform/$program" "$copy/files/$program"
    archive=$dir/kubectl-fargate-$version-$platform.tar.gz
    # The same bytes whoever packs them.
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mode=go-w --mtime="@$time" \
        --directory "$copy/files" LICENSE "$program" | gzip -n >"$archive"
    sum=$(sha256sum "$archive" | cut -d ' ' -f 1)
    sed -i "s|@SHA256-$platform@|$sum|" "$copy/fargate.yaml"
done
cp "$copy/fargate.yaml" "$dir/fargate.yaml"
