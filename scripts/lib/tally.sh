# Sourced by the check-* scripts: counts their checks and hands the counts to scripts/check.
passed=0 failed=0 skipped=0

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "FAILED: $*" >&2
}
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $*"
}

# Last line of every stage: prints its counts, leaves them where scripts/check adds them up, and says whether all went well.
tally() {
    echo "$1: $passed passed, $failed failed, $skipped skipped"
    [ -z "${NEM12_TALLY:-}" ] || echo "$1 $passed $failed $skipped" >> "$NEM12_TALLY"
    [ "$failed" = 0 ]
}
