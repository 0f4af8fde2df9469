# Runs parts one after the other, whatever became of those before, and tells at
# the end how long each took and what has failed. For tests/run.sh, which reads
# it into itself.

# The exit code of a part that could not be carried out for want of something
# that nobody here can provide. It fails nothing and is shown for what it is.
unavailable=75

newline='
'
times=
total=0
# What has failed, for people; and the names of the parts that others need in
# vain, each on a line of its own, between lines.
failed=
missing=$newline
helper=
scratch=$(mktemp -d)
mkfifo "$scratch/pipe"

# Names the tests that failed in what cargo and its test programs have written,
# the programs of which they are, and the first lines of why: what a log of
# thousands of lines is not always kept whole for.
failed_tests() {
    awk '
        / Running .*deps\// { program = $0; sub(/.*deps\//, "", program); sub(/-[0-9a-f]*\)$/, "", program); next }
        / Doc-tests /       { program = $2; next }
        /^---- .* stdout ----$/ { test = $2; lines = 0; next }
        / panicked at /     { if (!(test in why)) lines = 5; next }
        /^note: / || /^stack backtrace:/ || /^$/ { lines = 0 }
        lines               { why[test] = why[test] "          " substr($0, 1, 300) "\n"; lines-- }
        # The names come under the last of two such lines.
        /^failures:$/       { names = ""; listed = 1; next }
        /^test result: /    { if (listed) printf "%s", names; listed = 0; split("", why); next }
        listed && /^    /   { sub(/^ */, ""); names = names "      " (program == "" ? "" : program ": ") $0 "\n" why[$0] }
        # One that crashed has no list.
        /^    `-p .*`$/     { gsub(/^ *`|`$/, ""); print "      cargo test " $0 }
    ' "$scratch/log"
}

# $1: name, $2: seconds, $3: what became of it, if that is to be told.
note() {
    times="$times$(printf '  %5d s  %s' "$2" "$1${3:+: $3}")$newline"
}

# Runs what comes after the name $1.
part() {
    name=$1
    shift
    printf '\n== %s\n' "$name"
    start=$(date +%s)
    tee "$scratch/log" <"$scratch/pipe" &
    tee=$!
    code=0
    "$@" >"$scratch/pipe" 2>&1 || code=$?
    wait "$tee"
    took=$(($(date +%s) - start))
    total=$((total + took))
    case $code in
    0) note "$name" "$took" ;;
    "$unavailable") note "$name" "$took" 'NOT CHECKED, see above' ;;
    *)
        note "$name" "$took" FAILED
        failed="$failed  $name$newline$(failed_tests; echo .)"
        failed=${failed%.}
        missing="$missing$name$newline"
        ;;
    esac
}

# Does what comes after the name $1, such as `part NAME …`, unless the part of
# that name has failed or was skipped itself.
after() {
    needed=$1
    shift
    case $missing in
    *"$newline$needed$newline"*)
        printf '\n== %s: skipped, since it needs: %s\n' "$2" "$needed"
        note "$2" 0 "SKIPPED, needs: $needed"
        missing="$missing$2$newline"
        ;;
    *) "$@" ;;
    esac
}

# Starts the tests of package $1, which get what the parts that follow leave of
# the machine. They end at the latest with this script. Of all packages, as they
# are built for the others: for one alone cargo would build its dependencies anew,
# with other features.
beside() {
    program=$(cargo test --locked --workspace --no-run 2>&1 | sed -n "s/.*Executable.*(\\(.*\\/$1-[0-9a-f]*\\)).*/\\1/p")
    nice -n 19 "$program" >"$scratch/helper" 2>&1 &
    helper=$!
}

# Waits for them and shows what they had to say.
joined() {
    code=0
    wait "$helper" || code=$?
    helper=
    cat "$scratch/helper"
    return "$code"
}

# Tells how it went. Fails if anything has failed.
report() {
    printf '\n%s  %5d s  in all\n' "$times" "$total"
    [ -n "$failed" ] || return 0
    printf '\nFailed:\n%s' "$failed"
    return 1
}

leave() {
    [ -z "$helper" ] || kill "$helper" 2>/dev/null || :
    [ -z "$helper" ] || wait "$helper" || :
    rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 1' HUP INT TERM
