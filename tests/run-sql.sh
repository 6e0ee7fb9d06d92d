#!/usr/bin/env bash
# run-sql.sh FILE.sql: runs one SQL test in the sqlite3 shell, the extension loaded, and prints TAP.
#
# A test is plain SQL. Its first statement prints the plan, every check prints a line:
#
#     SELECT '1..4';
#     SELECT iif(count(*) = 12, 'ok', 'not ok') || ' - a forecast has as many rows as its horizon' FROM f;
#
# Checks that should say what they got go through the table of tests/tap.sql, which is read before the test:
#
#     INSERT INTO tap(name, got, want) SELECT 'mean', avg(x), 2.5 FROM t RETURNING line;
#     INSERT INTO tap(name, got, want, tolerance) SELECT 'mean', avg(x), 2.5, 1e-6 FROM t RETURNING line;
#     INSERT INTO tap(name, got) SELECT 'finite', max(abs(x)) < 1e30 FROM t RETURNING line;
#
# An error that a test expects is announced in front of the statement, by an extended regular expression that the
# whole of the message must contain; it counts as a check of its own in the plan:
#
#     -- error: option "hiden" is unknown; did you mean "hidden"
#     SELECT rnn_train('{"task":"forecast","hiden":3}', s, t, y) FROM x;
#
# The n-th error of the run is held against the n-th announcement. An error too many, an error that did not come, a row
# missing from the plan or a crash of the shell fails the test.
#
# The shell runs in a folder of its own, removed afterwards, in which sql/ and tests/ lead to the repository: a test may
# `.open scratch.db`, `.import sql/data/airline.csv` or `.read sql/chart.sql`. The database is in memory otherwise.
#
# tests/gallery/NAME.sql is the test of sql/gallery/NAME.sql: it runs after that script in the same connection, and the script's output
# is left out. In the folder the script finds the extension under test as build/rnn and may write into build/gallery/. A script
# stops at its first error, and nothing of the test runs then.
#
# RNN_EXTENSION  the extension to load (none if empty)    SQLITE3      the shell
# RNN_WRAPPER    a command in front of it                 RNN_PRELOAD  a library for LD_PRELOAD
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
file=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
ln -s "$root/sql" "$folder/sql"
ln -s "$root/tests" "$folder/tests"
cd "$folder" || exit 1
mkdir messages

load=() script=
case $file in
"$root"/tests/gallery/*.sql)
    script=sql/gallery/$(basename "$file")
    mkdir -p build/gallery
    ln -s "${RNN_EXTENSION:?}" "build/$(basename "$RNN_EXTENSION")"
    ;;
*) [ -z "${RNN_EXTENSION:-}" ] || load=(-cmd ".load '${RNN_EXTENSION%.*}'") ;;
esac

# What the shell is to run. A script goes before its test, and its output before a line that says so.
input() {
    [ -z "$script" ] || printf '%s\n' '.bail on' ".read $script" '.output' '.mode list' '.headers off' '.bail off' '.print # the script has run'
    cat "$file"
}
visible() { if [ -n "$script" ]; then sed '1,/^# the script has run$/d'; else cat; fi; }
# shellcheck disable=SC2206 # a command and its arguments
command=(${RNN_WRAPPER:-} "${SQLITE3:-sqlite3}" -batch -init /dev/null "${load[@]+"${load[@]}"}" -cmd ".read tests/tap.sql"
    :memory:)
[ -z "${RNN_PRELOAD:-}" ] || command=(env "LD_PRELOAD=$RNN_PRELOAD" "${command[@]}")
input | "${command[@]}" 2>messages/stderr | visible
status=${PIPESTATUS[1]}

# Errors of the shell: "Error: ...", "Parse error near line 3: ...", "Runtime error near line 3: ...".
grep -E '^(Parse error|Runtime error|Error)[ :]' messages/stderr >messages/errors
sed -n 's/^-- error: //p' "$file" >messages/announced

failed=0
while IFS= read -r pattern <&3; do
    if ! IFS= read -r message <&4; then
        echo "not ok - error: $pattern"
        echo "#   no such error came" >&2
    elif printf '%s\n' "$message" | grep -qE -- "$pattern"; then
        echo "ok - error: $pattern"
    else
        echo "not ok - error: $pattern"
        echo "#   the message was: $message" >&2
    fi
done 3<messages/announced 4<messages/errors

announced=$(wc -l <messages/announced)
tail -n "+$((announced + 1))" messages/errors >messages/surplus
if [ -s messages/surplus ]; then
    sed 's/^/# not announced: /' messages/surplus >&2
    failed=1
fi
# The shell's status is 1 after any error; anything above is a signal, a sanitizer or valgrind.
if [ "$status" -gt 1 ] || { [ "$status" -eq 1 ] && [ ! -s messages/errors ]; }; then
    sed 's/^/# /' messages/stderr >&2
    echo "not ok - the shell ended with status $status"
    failed=1
fi
exit $failed
