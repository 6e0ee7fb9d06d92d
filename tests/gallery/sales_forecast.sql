-- sql/gallery/sales_forecast.sql: sales are no independent events, and a forecast from past sales shows it.
SELECT '1..8';
INSERT INTO tap(name, got) SELECT 'sales go with those of four weeks before, in every shop', min(r) > 0.7 FROM correlation
WHERE days = 'as they came' AND lag = 28 RETURNING line;
INSERT INTO tap(name, got) SELECT 'shuffled they do not', max(abs(r)) < 0.15 FROM correlation WHERE days = 'shuffled' RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'a fortnight of three shops', count(*), 42 FROM outcome RETURNING line;
INSERT INTO tap(name, got, want) SELECT 'none of its days was in the past', count(*), 0 FROM past JOIN outcome USING (store, day) RETURNING line;
INSERT INTO tap(name, got) SELECT 'in every shop the forecast misses by less than half of what the average misses by', min(2 * forecast < average)
FROM (SELECT avg(abs(units - forecast)) AS forecast, avg(abs(units - average)) AS average FROM outcome GROUP BY store) RETURNING line;
INSERT INTO tap(name, got) SELECT 'and by less than three quarters of what the same weekday misses by', min(forecast < 0.75 * same_weekday)
FROM (SELECT avg(abs(units - forecast)) AS forecast, avg(abs(units - same_weekday)) AS same_weekday FROM outcome GROUP BY store) RETURNING line;
INSERT INTO tap(name, got) SELECT 'the 90 % interval holds at least four days out of five', avg(units BETWEEN lower_bound AND upper_bound) >= 0.8
FROM outcome RETURNING line;
INSERT INTO tap(name, got) SELECT 'the picture was written', length(svg) > 1000 AND svg LIKE '<svg %'
FROM (SELECT CAST(readfile('build/gallery/sales_forecast.svg') AS TEXT) AS svg) RETURNING line;
