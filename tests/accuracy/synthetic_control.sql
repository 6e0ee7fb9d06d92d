-- SyntheticControl: control charts of 60 steps, 6 kinds of trend. 300 series to learn from.
CREATE TEMP TABLE train_line(line TEXT);
CREATE TEMP TABLE test_line(line TEXT);
.mode ascii
.separator "|" "\n"
.import build/accuracy/data/ucr/SyntheticControl/SyntheticControl_TRAIN.tsv train_line
.import build/accuracy/data/ucr/SyntheticControl/SyntheticControl_TEST.tsv test_line
CREATE TEMP TABLE line AS SELECT 'train' AS part, line FROM train_line UNION ALL SELECT 'test', line FROM test_line;
.read tests/accuracy/ucr.sql
INSERT INTO target VALUES ('accuracy', '>= 0.985');
