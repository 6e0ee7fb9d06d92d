-- reviews.sql - the table of the sentiment examples: 3,000 real review sentences (Amazon, IMDb, Yelp), half of them negative.
--
--     .read sql/reviews.sql
--
-- sql/data/README.md says where the sentences come from.
CREATE TABLE review(id INTEGER PRIMARY KEY, source TEXT, label TEXT, body TEXT);
.import --csv --skip 1 sql/data/reviews.csv review
