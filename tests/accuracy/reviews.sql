-- 3 x 1,000 sentences of reviews (Amazon, IMDb, Yelp), all together: positive or negative. Naive: TF-IDF of words and pairs, logistic
-- regression.
.read sql/reviews.sql
CREATE TEMP TABLE item AS SELECT id AS n, label, body AS input FROM review;
INSERT INTO target VALUES ('accuracy', '>= 0.85');
INSERT INTO naive VALUES ('accuracy', 0.839);
.read tests/accuracy/ten_folds.sql
