#!/bin/sh
# All checks and tests, part by part, and at the end how long each took and what
# failed, by name; then the exit code is 1. What they need is built or installed
# on the way; what cannot be says how to get it.
#
#   run.sh [check]     with check the first parts alone: what no test is run for
#
# One line a part. What waits most of the time is a `part`; what does nothing
# but compute may go `beside` them. What needs another part comes `after` it.
set -eu
cd "$(dirname "$0")/.."
. tests/parts.sh

# Most live tests wait most of the time: it takes four on a processor to keep
# it busy.
RUST_TEST_THREADS=$(($(getconf _NPROCESSORS_ONLN) * 4))
export RUST_TEST_THREADS

part 'this list of parts' tests/parts_test.sh
part 'subjects of commits' tests/subjects.sh
part 'one version everywhere' tests/versions.sh
part 'links in the docs' tests/links.py
part 'fragments of the changelog' .github/release/changelog.sh
part 'format' cargo fmt --all --check
part 'lints' cargo clippy --workspace --all-targets --locked -- -D warnings
part 'docs of the code' env RUSTDOCFLAGS='-D warnings' \
    cargo doc --no-deps --document-private-items --workspace --locked
part 'Python programs' tests/python.sh
after 'Python programs' part 'what is generated' tests/generate.sh --check
if [ "${1-}" = check ]; then
    report
    exit
fi

part 'build' tests/build.sh
part 'licenses and bans' tests/dependencies.sh bans licenses sources
part 'advisories' tests/dependencies.sh advisories
after 'build' part 'build of tests' cargo test --workspace --locked --no-run
after 'build of tests' beside model
after 'build of tests' part 'tests' cargo test --workspace --locked --no-fail-fast --exclude model
after 'build' part 'demo' make --no-print-directory demo-check
after 'build of tests' part 'model, beside the others' joined
report
