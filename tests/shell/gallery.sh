#!/usr/bin/env bash
# docs/gallery.md names a script and a test for each of its 27 rows, and sql/gallery/ has no script without both. And scripts/gallery: it
# runs scripts, writes the page, and fails when a script does.
set -u
echo 1..11
number=0
report() { # name, what is wrong: nothing, or a line each
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        printf '%s\n' "$2" | sed 's/^/# /' >&2
    fi
}

rows=$(grep -E '^\| *[0-9]+ *\|' docs/gallery.md)
report "the rows are 1 to 27" "$(diff <(seq 27) <(printf '%s\n' "$rows" | awk -F '[| ]+' '{ print $2 }'))"

# Paths are written as links from docs/.
report "each row names a script and its test, which exist" "$(printf '%s\n' "$rows" | while IFS= read -r row; do
    names=$(printf '%s\n' "$row" | grep -oE '\(\.\./sql/gallery/[a-z0-9_]+\.sql\)' | sed 's,.*/,,; s,\.sql),,')
    [ -n "$names" ] || echo "no script: $row"
    for name in $names; do
        [ -f "sql/gallery/$name.sql" ] || echo "there is no sql/gallery/$name.sql: $row"
        [ -f "tests/gallery/$name.sql" ] || echo "there is no tests/gallery/$name.sql: $row"
        printf '%s\n' "$row" | grep -qF "(../tests/gallery/$name.sql)" || echo "the test of $name is not named: $row"
    done
done)"

report "each script has a test and a row" "$(for script in sql/gallery/*.sql; do
    name=$(basename "$script" .sql)
    [ -f "tests/gallery/$name.sql" ] || echo "no tests/gallery/$name.sql"
    printf '%s\n' "$rows" | grep -qF "(../sql/gallery/$name.sql)" || echo "no row in docs/gallery.md for $script"
done)"

report "each test has a script" "$(for test in tests/gallery/*.sql; do
    [ -f "sql/gallery/$(basename "$test")" ] || echo "no sql/gallery/$(basename "$test")"
done)"

# scripts/gallery in a folder of its own, with two scripts: one that works, one that does not.
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/scripts" "$folder/sql/gallery" "$folder/docs"
cp scripts/gallery "$folder/scripts/"
cat >"$folder/docs/gallery.md" <<'END'
| 1 | one & `"x":<1>` | [good](../sql/gallery/good.sql) | |
| 2 | two | [bad](../sql/gallery/bad.sql), [absent](../sql/gallery/absent.sql) | |
END
cat >"$folder/sql/gallery/good.sql" <<'END'
-- good.sql - a script that <works> & draws.
--
--     sqlite3 < good.sql
--
-- What it shows.
.bail on
CREATE TABLE t AS SELECT 'left & <right>' AS x;
SELECT x FROM t;
.output /dev/null
SELECT writefile('build/gallery/good.svg', '<svg>' || char(10) || '<title>Tea &amp; milk</title>');
END
printf '%s\n' '-- bad.sql - a script that fails.' 'SELECT x FROM nowhere;' "SELECT 'went on';" >"$folder/sql/gallery/bad.sql"

run() { "$folder/scripts/gallery" "$@" >"$folder/out" 2>&1; }
page=$folder/build/gallery/index.html
expect() { # text...: what the page lacks of it
    for text in "$@"; do grep -qF -- "$text" "$page" || echo "the page lacks: $text"; done
}
report "scripts that work make a page" "$(run good || cat "$folder/out")"
report "its contents, text and output are escaped, its picture is there" "$(expect \
    '<tr><td>1</td><td>one &amp; <code>"x":&lt;1&gt;</code></td><td><a href="#good">good</a></td></tr>' \
    'a script that &lt;works&gt; &amp; draws.' 'left &amp; &lt;right&gt;' '<img src="good.svg" alt="Tea &amp; milk">' 'Time: ')"
report "what was not run is not linked" "$(expect '<td>two</td><td>bad, absent</td>')"
report "the tables stay" "$("${SQLITE3:-sqlite3}" "$folder/build/gallery/good.db" "SELECT 'other' FROM t WHERE x <> 'left & <right>'" 2>&1)"
report "a script that fails fails the command" "$(run && cat "$folder/out")"
report "it is named, and stops at its error; the others run" "$(grep -q 'failed: bad$' "$folder/out" || cat "$folder/out"
    grep -q 'no such table: nowhere' "$folder/build/gallery/bad.txt" || echo "no message"
    grep 'went on' "$folder/build/gallery/bad.txt"
    expect '<a href="#bad">bad</a>, absent' 'Failed after' 'left &amp; &lt;right&gt;')"
report "a name that no script has is an error" "$(run nothing && cat "$folder/out")"
