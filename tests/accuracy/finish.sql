-- Printed last: one line a metric, for scripts/accuracy. A figure that is missing is a dash.
.mode tabs
.headers off
.nullvalue -
SELECT seed, metric, iif(value IS NULL, NULL, printf('%.4f', value)), iif(naive IS NULL, NULL, printf('%.4f', naive)), bound,
  iif(coverage IS NULL, NULL, printf('%.4f', coverage)), iif(seconds IS NULL, NULL, printf('%.3f', seconds)), points
FROM result;
