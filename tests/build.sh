#!/bin/sh
# Builds what a bed runs and what tests call: the workspace, and the control
# plane and the tools if they are not in the cache yet.
set -eu
cd "$(dirname "$0")/.."

command -v cargo >/dev/null || {
    echo 'build: needs Rust, and there is no cargo in PATH: see https://rustup.rs' >&2
    exit 1
}
cargo build --workspace
tests/control-plane/build.sh >/dev/null
tests/tools/build.sh >/dev/null
