#!/usr/bin/env bash
# docs/options.md says what the table of options says.
set -u
echo 1..1
if "$RNN_BUILD/tools/options_doc" | cmp -s - docs/options.md; then
    echo "ok 1 - docs/options.md is up to date"
else
    echo "not ok 1 - docs/options.md is up to date"
    echo "#   run make docs" >&2
fi
