-- M1 competition, yearly: 181 series of unequal length, one model for all, 6 years ahead, the official split. m = 1.
CREATE TEMP TABLE item(series TEXT, time INTEGER, value REAL, part TEXT);
.import --csv --skip 1 build/accuracy/data/m1/yearly.csv item
CREATE TEMP TABLE protocol AS SELECT 6 AS horizon, 1 AS season;
INSERT INTO target VALUES ('MASE', '<= 3.25'), ('sMAPE', '<= 15.9');
.read tests/accuracy/m1_one_model.sql
