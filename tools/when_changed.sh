#!/usr/bin/env bash
# tools/when_changed.sh OUTPUT INPUT... -- COMMAND...
# Runs a command that makes the folder OUTPUT, unless OUTPUT was made by it from inputs of the same contents.
# Inputs are files and folders; what is installed, built or a test in them does not count.
set -euo pipefail
output=$1
shift
inputs=()
while [ "$1" != -- ]; do
    inputs+=("$1")
    shift
done
shift

files=$(find "${inputs[@]}" -type d \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print | sort)
state=$(printf '%s\n' "$*" "$files" "$(git hash-object --no-filters --stdin-paths <<<"$files")")
stamp=$output/.made_from
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$state" ]; then
    exit 0
fi
echo "$@"
"$@"
printf '%s\n' "$state" >"$stamp"
