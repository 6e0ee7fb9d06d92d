-- GunPoint: the position of a hand over 150 steps; a gun is drawn, or a finger points. 50 series to learn from.
CREATE TEMP TABLE train_line(line TEXT);
CREATE TEMP TABLE test_line(line TEXT);
.mode ascii
.separator "|" "\n"
.import build/accuracy/data/ucr/GunPoint/GunPoint_TRAIN.tsv train_line
.import build/accuracy/data/ucr/GunPoint/GunPoint_TEST.tsv test_line
CREATE TEMP TABLE line AS SELECT 'train' AS part, line FROM train_line UNION ALL SELECT 'test', line FROM test_line;
.read tests/accuracy/ucr.sql
INSERT INTO target VALUES ('accuracy', '>= 0.95');
