#!/bin/sh
# Writes fargate-operator.cdx.json, the bill of materials of the binary (CycloneDX: crates, licenses, checksums), into DIR.
#
#   sbom.sh DIR
#
# It lists what cargo resolves, which is a few optional crates more than are compiled; that none is missing is checked here.
set -eu
cd "$(dirname "$0")/../.."

dir=${1:?into which folder?}
mkdir -p "$dir"
command -v cargo-cyclonedx >/dev/null || cargo install cargo-cyclonedx --version 0.5.9 --locked

cargo cyclonedx --format json --spec-version 1.5 --describe binaries --target x86_64-unknown-linux-musl --quiet
mv fargate-operator_bin.cdx.json "$dir/fargate-operator.cdx.json"
# It writes one for every program of the workspace.
rm -f tests/*/*_bin.cdx.json

jq --raw-output '.metadata.component, .components[] | "\(.name) v\(.version)"' "$dir/fargate-operator.cdx.json" | sort >"$dir/listed"
for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
    cargo tree --locked --package fargate-operator --target "$target" --edges normal,no-proc-macro --prefix none --format '{p}'
done | cut -d ' ' -f 1,2 | sort -u >"$dir/compiled"
missing=$(comm -13 "$dir/listed" "$dir/compiled")
rm "$dir/listed" "$dir/compiled"
[ -z "$missing" ] || {
    echo "sbom: not listed, though compiled into the binary: $missing" >&2
    exit 1
}
