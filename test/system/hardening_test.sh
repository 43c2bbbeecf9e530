#!/bin/bash
# The loader and the extension are built as Debian builds its packages: position-independent, read-only relocations, bound at start,
# stack protection, checked string functions, no executable stack.
set -eu
cd "$(dirname "$0")/../.."
library=$(find build/install -name nem12.so | head -1)

# expect WHAT FILE PATTERN COMMAND...
expect() {
    local what=$1 file=$2 pattern=$3
    shift 3
    if ! "$@" "$file" 2> /dev/null | grep -qE "$pattern"; then
        echo "FAILED: $file: $what"
        exit 1
    fi
    echo "ok: $file: $what"
}
expect "position-independent" build/nem12-loader 'Type: +DYN' readelf -h
expect "bound at start" build/nem12-loader 'NOW' readelf -d
for file in build/nem12-loader "$library"; do
    expect "read-only relocations" "$file" 'GNU_RELRO' readelf -lW
    expect "no executable stack" "$file" 'GNU_STACK.* RW ' readelf -lW
    expect "stack protection" "$file" '__stack_chk_fail' nm -D
    expect "checked string functions" "$file" '__[a-z]+_chk' nm -D
done
