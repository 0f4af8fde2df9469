#!/bin/sh
# Whether parts.sh runs what it can, skips what it cannot, and names what failed.
set -eu
cd "$(dirname "$0")"

# What cargo writes of two programs with tests that fail, one that crashes, and
# one in which all is well.
cargo_test() {
    cat <<'OUTPUT'
     Running unittests src/lib.rs (target/debug/deps/bed-0123456789abcdef)
test wire::fails ... FAILED
test wire::runs ... ok

failures:

---- wire::fails stdout ----
    not::a::test

thread 'wire::fails' (71) panicked at tests/bed/src/wire.rs:1:5:
assertion `left == right` failed: the port
  left: 1
 right: 2
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

failures:
    wire::fails

test result: FAILED. 1 passed; 1 failed
     Running tests/settings.rs (target/debug/deps/settings-0123456789abcdef)
test result: ok. 1 passed; 0 failed
     Running tests/live/main.rs (/elsewhere/deps/live-0123456789abcdef)

failures:
    one
    two::three

test result: FAILED. 0 passed; 2 failed
error: 3 targets failed:
    `-p bed --lib`
    `-p live --test live`
    `-p model --lib`
OUTPUT
    return 101
}

# $1: what it is about, $2: what it is, $3: what it should be.
same() {
    [ "$2" = "$3" ] || {
        printf 'parts: %s is:\n%s\nand should be:\n%s\n' "$1" "$2" "$3" >&2
        exit 1
    }
}

code=0
said=$(
    . ./parts.sh
    part 'well' true
    part 'build' sh -c 'echo "broken here"; exit 2'
    after 'build' part 'tests' echo 'not to be seen'
    after 'tests' part 'more tests' echo 'not to be seen'
    after 'well' part 'unavailable' sh -c 'exit 75'
    after 'unavailable' part 'packages' cargo_test
    part 'last' true
    report
) || code=$?
same 'the exit code' "$code" 1
case $said in
*'broken here'*) ;;
*) same 'what is shown' "$said" 'what the parts say' ;;
esac
same 'the report' "$(echo "$said" | sed -n '/^ .* s  well/,$ s/^ *[0-9]* s/s/p; /^Failed/,$p')" "\
s  well
s  build: FAILED
s  tests: SKIPPED, needs: build
s  more tests: SKIPPED, needs: tests
s  unavailable: NOT CHECKED, see above
s  packages: FAILED
s  last
s  in all
Failed:
  build
  packages
      bed: wire::fails
          assertion \`left == right\` failed: the port
            left: 1
           right: 2
      live: one
      live: two::three
      cargo test -p bed --lib
      cargo test -p live --test live
      cargo test -p model --lib"

code=0
said=$(
    . ./parts.sh
    part 'well' true
    part 'unavailable' sh -c 'exit 75'
    report
) || code=$?
same 'the exit code without failures' "$code" 0
case $said in *Failed*) same 'what is said without failures' "$said" 'nothing of failures' ;; esac
