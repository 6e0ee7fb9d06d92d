#!/usr/bin/env bash
# The SQL test runner itself: what must fail does fail.
set -u
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
unset RNN_WRAPPER RNN_PRELOAD
export RNN_EXTENSION=
number=0
echo 1..14

check() { # pass|fail, name; the test is on standard input
    number=$((number + 1))
    cat >"$folder/t.sql"
    if prove --exec tests/run-sql.sh "$folder/t.sql" >"$folder/out" 2>&1; then got=pass; else got=fail; fi
    if [ "$got" = "$1" ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$folder/out" >&2
    fi
}

check pass "checks that hold, an error that is announced" <<'END'
SELECT '1..4';
SELECT 'ok - plain';
INSERT INTO tap(name, got, want) SELECT 'equal', 1 + 1, 2 RETURNING line;
INSERT INTO tap(name, got, want, tolerance) SELECT 'close', 1.0 / 3, 0.333, 1e-3 RETURNING line;
-- error: no such table: n+owhere
SELECT * FROM nowhere;
END
check fail "a value that is not the wanted one" <<'END'
SELECT '1..1';
INSERT INTO tap(name, got, want) SELECT 'equal', 1 + 1, 3 RETURNING line;
END
check fail "NULL is not true" <<'END'
SELECT '1..1';
INSERT INTO tap(name, got) SELECT 'true', NULL RETURNING line;
END
check fail "NULL is not close to anything" <<'END'
SELECT '1..1';
INSERT INTO tap(name, got, want, tolerance) SELECT 'close', NULL, 1, 1e9 RETURNING line;
END
check fail "a row is missing" <<'END'
SELECT '1..2';
SELECT 'ok - one';
INSERT INTO tap(name, got) SELECT 'two', 1 WHERE 0 RETURNING line;
END
check fail "an error that nothing announced" <<'END'
SELECT '1..1';
SELECT 'ok - one';
SELECT * FROM nowhere;
END
check fail "an announced error that did not come" <<'END'
SELECT '1..2';
SELECT 'ok - one';
-- error: no such table
SELECT 1 WHERE 0;
END
check fail "another error than the announced one" <<'END'
SELECT '1..1';
-- error: no such column
SELECT * FROM nowhere;
END
check fail "no plan" <<'END'
SELECT 'ok - one';
END

# Tests of the gallery's scripts: a repository of their own, with a script that the test is run after.
mkdir -p "$folder/top/tests/gallery" "$folder/top/sql/gallery"
cp tests/run-sql.sh tests/tap.sql "$folder/top/tests/"
check_script() { # pass|fail, name, script; the test is on standard input
    printf '%s\n' "$3" >"$folder/top/sql/gallery/t.sql"
    cat >"$folder/top/tests/gallery/t.sql"
    number=$((number + 1))
    if RNN_EXTENSION=$folder/none.so prove --exec "$folder/top/tests/run-sql.sh" "$folder/top/tests/gallery/t.sql" >"$folder/out" 2>&1; then got=pass; else got=fail; fi
    if [ "$got" = "$1" ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        sed 's/^/# /' "$folder/out" >&2
    fi
}
test_of_t="SELECT '1..1'; INSERT INTO tap(name, got, want) SELECT 'x', x, 1 FROM t RETURNING line;"
check_script pass "a script runs before its test, what it prints is no check" <<<"$test_of_t" \
    ".mode box
CREATE TABLE t AS SELECT 1 AS x; SELECT writefile('build/gallery/t.svg', 'picture');
.print not ok - what a script prints
.print 1..7"
check_script fail "its test can fail" <<<"$test_of_t" "CREATE TABLE t AS SELECT 2 AS x;"
check_script fail "an error in a script fails its test" <<<"$test_of_t" "CREATE TABLE t AS SELECT 1 AS x; SELECT * FROM nowhere;"
check_script fail "no script, no test" <<<"SELECT '1..1'; SELECT 'ok';" ".read sql/gallery/nowhere.sql"

# A shell that ends by a signal after it has fulfilled the plan.
printf '%s\n' '#!/bin/sh' 'cat >/dev/null' 'echo 1..1' 'echo ok 1' 'kill -SEGV $$' >"$folder/crashing"
chmod +x "$folder/crashing"
export SQLITE3=$folder/crashing
check fail "a crash" <<'END'
SELECT '1..1';
END
