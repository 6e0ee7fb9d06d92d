#!/usr/bin/env bash
# The extension shows its host one symbol: no BLAS, no engine function that could meet another of the same name.
set -u
echo 1..1
case $RNN_EXTENSION in
*.so) symbols=$(nm -D --defined-only "$RNN_EXTENSION" | awk '{ print $NF }' | grep -vE '^(__|_init$|_fini$)') ;;
*.dylib) symbols=$(nm -gU "$RNN_EXTENSION" | awk '{ sub(/^_/, "", $NF); print $NF }') ;;
*) symbols=sqlite3_rnn_init ;;
esac
if [ "$symbols" = sqlite3_rnn_init ]; then
    echo "ok 1 - only sqlite3_rnn_init is exported"
else
    echo "not ok 1 - only sqlite3_rnn_init is exported"
    printf '%s\n' "$symbols" | head -n 20 | sed 's/^/# /' >&2
fi
