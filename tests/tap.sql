-- The table that checks of SQL tests are inserted into; see tests/run-sql.sh. `INSERT ... RETURNING line` prints "ok - name",
-- or "not ok - name" and what was got. `got` and `want` are compared by IS, as numbers where a tolerance is given;
-- without a `want` the check is that `got` is true.
CREATE TEMP TABLE tap(
  name TEXT NOT NULL,
  got,
  want DEFAULT 1,
  tolerance REAL,
  line TEXT AS (
    CASE WHEN coalesce(CASE WHEN tolerance IS NULL THEN got IS want ELSE abs(got - want) <= tolerance END, 0)
      THEN 'ok - ' || name
      ELSE 'not ok - ' || name || char(10) || '# got ' || quote(got) || ', want ' || quote(want)
           || coalesce(' within ' || tolerance, '')
    END)
);
