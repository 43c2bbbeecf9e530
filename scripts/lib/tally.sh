# Sourced by fuzz, check-sanitize and check-versions: counts their cases.
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

# Last line of each: prints the counts, and says whether all went well.
tally() {
    echo "$1: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
