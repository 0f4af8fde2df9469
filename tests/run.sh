#!/bin/sh
# All checks and tests, part by part; ends with the first that fails, and says
# at the end how long each took. What they need is built or installed on the
# way; what cannot be says how to get it.
#
# One line a part. What waits most of the time is a `part`; what does nothing
# but compute may go `beside` them.
set -eu
cd "$(dirname "$0")/.."

# The exit code of a part that could not be carried out for want of something
# that nobody here can provide. It fails nothing and is shown for what it is.
unavailable=75

times=
total=0
helper=
helper_name=
helper_log=

# $1: name, $2: seconds, $3: exit code.
note() {
    case $3 in
    0) result= ;;
    "$unavailable") result=': NOT CHECKED, see above' ;;
    *) result=': FAILED' ;;
    esac
    times="$times$(printf '  %5d s  %s' "$2" "$1$result")
"
    [ "$3" -eq 0 ] || [ "$3" -eq "$unavailable" ] || {
        report
        exit 1
    }
}

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
    note "$name" "$took" "$code"
}

# Starts the tests of package $1, which get what the parts that follow leave of
# the machine. They end at the latest with this script.
beside() {
    program=$(cargo test --locked -p "$1" --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\)).*/\1/p')
    [ -x "$program" ] || {
        echo "the tests of $1 cannot be built: cargo test --locked -p $1 --no-run" >&2
        exit 1
    }
    helper_name=$1
    helper_log=$(mktemp)
    nice -n 19 "$program" >"$helper_log" 2>&1 &
    helper=$!
}

# Waits for them and shows what they had to say.
joined() {
    code=0
    wait "$helper" || code=$?
    helper=
    cat "$helper_log"
    return "$code"
}

leave() {
    [ -z "$helper" ] || kill "$helper" 2>/dev/null || :
    [ -z "$helper" ] || wait "$helper" || :
    rm -f "$helper_log"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM

# Most live tests wait most of the time: it takes three on a processor to keep
# it busy.
RUST_TEST_THREADS=$(($(getconf _NPROCESSORS_ONLN) * 3))
export RUST_TEST_THREADS

part 'build' tests/build.sh
part 'format' cargo fmt --all --check
part 'lints' cargo clippy --workspace --all-targets --locked -- -D warnings
part 'crds/ is what the operator prints' tests/crds.sh
part 'one version everywhere' tests/versions.sh
part 'licenses and bans' tests/dependencies.sh bans licenses sources
part 'advisories' tests/dependencies.sh advisories
part 'Python programs' tests/python.sh
part 'build of tests' cargo test --workspace --locked --no-run
beside model
part 'tests' cargo test --workspace --locked --exclude model
part 'demo' make --no-print-directory demo-check
part "$helper_name, beside the others" joined
report
