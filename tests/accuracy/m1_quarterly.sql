-- M1 competition, quarterly: 203 series of unequal length, one model for all, 8 quarters ahead, the official split. m = 4.
CREATE TEMP TABLE item(series TEXT, time TEXT, value REAL, part TEXT);
.import --csv --skip 1 build/accuracy/data/m1/quarterly.csv item
CREATE TEMP TABLE protocol AS SELECT 8 AS horizon, 4 AS season;
INSERT INTO target VALUES ('MASE', '<= 1.54'), ('sMAPE', '<= 15.0');
.read tests/accuracy/m1_one_model.sql
