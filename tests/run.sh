#!/bin/sh
# All checks and tests, part by part; ends with the first that fails, and says
# at the end how long each took. What they need is built or installed on the
# way; what cannot be says how to get it.
set -eu
cd "$(dirname "$0")/.."

# The exit code of a part that could not be carried out for want of something
# that nobody here can provide. It fails nothing and is shown for what it is.
unavailable=75

times=
total=0

report() {
    printf '\n%s  %5d s  in all\n' "$times" "$total"
}

part() {
    name=$1
    shift
    printf '\n== %s\n' "$name"
    start=$(date +%s)
    code=0
    "$@" || code=$?
    took=$(($(date +%s) - start))
    total=$((total + took))
    case $code in
    0) result= ;;
    "$unavailable") result=': NOT CHECKED, see above' ;;
    *) result=': FAILED' ;;
    esac
    times="$times$(printf '  %5d s  %s' "$took" "$name$result")
"
    [ "$code" -eq 0 ] || [ "$code" -eq "$unavailable" ] || {
        report
        exit 1
    }
}

# Most live tests wait most of the time: for what is asked of them, two on a
# processor are no more than it can do.
RUST_TEST_THREADS=$(($(getconf _NPROCESSORS_ONLN) * 2))
export RUST_TEST_THREADS

part 'build' tests/build.sh
part 'format' cargo fmt --all --check
part 'lints' cargo clippy --workspace --all-targets --locked -- -D warnings
part 'crds/ is what the operator prints' tests/crds.sh
part 'licenses and bans' tests/dependencies.sh bans licenses sources
part 'advisories' tests/dependencies.sh advisories
part 'Python programs' tests/python.sh
part 'tests' cargo test --workspace --locked
part 'demo' make --no-print-directory demo-check
report
