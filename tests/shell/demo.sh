#!/usr/bin/env bash
# `make demo` runs both halves, sentiment first, and fails where one of them does. The scripts here are short ones in a folder of their own.
set -u
root=$(pwd)
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/sql"
ln -s "$root/Makefile" "$root/scripts" "$folder/"
unset MAKEFLAGS MAKELEVEL MFLAGS
number=0
echo 1..6

check() { # pass|fail, name, what sentiment.sql is, what demo.sql is, what is printed
    local got=fail
    number=$((number + 1))
    printf '%s\n' "$3" >"$folder/sql/sentiment.sql"
    printf '%s\n' "$4" >"$folder/sql/demo.sql"
    make -C "$folder" -s --no-print-directory run-demo >"$folder/out" 2>"$folder/err" && got=pass
    if [ "$got" = "$1" ] && [ "$(cat "$folder/out")" = "$5" ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$folder/out" "$folder/err" >&2
    fi
}

check pass "both halves, in one database" 'CREATE TABLE t AS SELECT 1 AS x;' 'SELECT x FROM t;' 1
check pass "once more, from an empty database" 'CREATE TABLE t AS SELECT 2 AS x;' 'SELECT x FROM t;' 2
check fail "an error in sentiment.sql" $'SELECT x FROM nowhere;\nSELECT 1;' 'SELECT 2;' ''
check fail "an error in demo.sql" 'SELECT 1;' $'SELECT x FROM nowhere;\nSELECT 2;' 1
check fail "a file that is not there" $'CREATE TABLE t(x);\n.import --csv absent.csv t\nSELECT 1;' 'SELECT 2;' ''
check fail "an extension that is not there" $'.load absent\nSELECT 1;' 'SELECT 2;' ''
