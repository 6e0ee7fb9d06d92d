#!/usr/bin/env bash
# run.sh TEST: runs one test of any kind and prints its TAP. Called by prove from the top of the repository.
#
# RNN_WRAPPER    a command in front of C tests and of the sqlite3 shell, such as valgrind
# RNN_TIMEOUT    seconds a test may take, 900 if unset
set -u
cd "$(dirname "$0")/.." || exit 1
test=$1
export CMOCKA_MESSAGE_OUTPUT=TAP
# A status that nothing else uses: the shell's own is 1 after an error that a test expects.
export ASAN_OPTIONS=exitcode=99:${ASAN_OPTIONS:-} UBSAN_OPTIONS=exitcode=99:print_stacktrace=1:${UBSAN_OPTIONS:-}

limit=()
command -v timeout >/dev/null 2>&1 && limit=(timeout "${RNN_TIMEOUT:-900}")
# shellcheck disable=SC2206 # a command and its arguments
wrapper=(${RNN_WRAPPER:-})

case $test in
*.sql) command=(tests/run-sql.sh "$test") ;;
*.sh) command=(bash "$test") ;;
*/replay_*) command=("${wrapper[@]+"${wrapper[@]}"}" "$test" "tests/fuzz/corpus/${test##*/replay_}") ;;
*) command=("${wrapper[@]+"${wrapper[@]}"}" "$test") ;;
esac
exec "${limit[@]+"${limit[@]}"}" "${command[@]}"
