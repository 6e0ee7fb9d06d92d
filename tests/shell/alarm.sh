#!/usr/bin/env bash
# sql/alarm.sql, as a person would run it from a checkout: the two planted faults raise an alarm, nothing else does.
set -u
root=$(pwd)
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/build"
ln -s "$root/sql" "$folder/sql"
ln -s "$RNN_EXTENSION" "$folder/build/$(basename "$RNN_EXTENSION")"
cd "$folder" || exit 1

# shellcheck disable=SC2206 # a command and its arguments
command=(${RNN_WRAPPER:-} "${SQLITE3:-sqlite3}" -batch -init /dev/null :memory:)
[ -z "${RNN_PRELOAD:-}" ] || command=(env "LD_PRELOAD=$RNN_PRELOAD" "${command[@]}")
"${command[@]}" <sql/alarm.sql >out 2>err
status=$?

number=0
check() { # name, command that must succeed
    number=$((number + 1))
    if "${@:2}"; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        sed 's/^/# /' out err >&2
    fi
}
alarms=$(grep -c '│ 2024-' out)
echo 1..6
check "it runs" [ "$status" -eq 0 ]
check "without a message" [ ! -s err ]
check "two rows of alarms" [ "$alarms" -eq 2 ]
check "the broken sensor" grep -q 'attic  │ 2024-06-22 11:00:00 │ 0.0 ' out
check "the sudden rise" grep -q 'cellar │ 2024-06-23 02:00:00 │' out
check "the count" grep -qE '^96 readings, 2 alarms; a state is [0-9]+ bytes$' out
