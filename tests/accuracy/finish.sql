-- Printed last: one line a metric, for scripts/accuracy.
.mode tabs
.headers off
.nullvalue -
SELECT seed, metric, printf('%.4f', value), printf('%.4f', naive), at_most, printf('%.4f', coverage), printf('%.1f', seconds), points
FROM result WHERE value IS NOT NULL
UNION ALL
SELECT seed, metric, NULL, printf('%.4f', naive), at_most, printf('%.4f', coverage), printf('%.1f', seconds), points
FROM result WHERE value IS NULL;
