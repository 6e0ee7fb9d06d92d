-- ItalyPowerDemand: a day's demand for electricity, 24 hours; winter or summer. 67 series to learn from.
CREATE TEMP TABLE train_line(line TEXT);
CREATE TEMP TABLE test_line(line TEXT);
.mode ascii
.separator "|" "\n"
.import build/accuracy/data/ucr/ItalyPowerDemand/ItalyPowerDemand_TRAIN.tsv train_line
.import build/accuracy/data/ucr/ItalyPowerDemand/ItalyPowerDemand_TEST.tsv test_line
CREATE TEMP TABLE line AS SELECT 'train' AS part, line FROM train_line UNION ALL SELECT 'test', line FROM test_line;
.read tests/accuracy/ucr.sql
INSERT INTO target VALUES ('accuracy', '>= 0.96');
