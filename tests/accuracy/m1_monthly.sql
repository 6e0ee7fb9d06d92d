-- M1 competition, monthly: 617 series of unequal length, one model for all, 18 months ahead, the official split. m = 12.
CREATE TEMP TABLE item(series TEXT, time TEXT, value REAL, part TEXT);
.import --csv --skip 1 build/accuracy/data/m1/monthly.csv item
CREATE TEMP TABLE protocol AS SELECT 18 AS horizon, 12 AS season;
INSERT INTO target VALUES ('MASE', '<= 1.03'), ('sMAPE', '<= 14.5');
.read tests/accuracy/m1_one_model.sql
