-- sales.sql - a made-up table for the examples of README.md and docs/sql.md: what three stores sold a day in 2023 and 2024.
--
--     .read sql/sales.sql
--
-- The last 14 days, 18 to 31 December 2024, lie in the future: their prices and holidays are known, their units are NULL. Friday and
-- Saturday sell most, a lower price sells more, the stores are closed on the holidays.

CREATE TABLE sales(store TEXT, day TEXT, units INTEGER, price REAL, holiday INTEGER, PRIMARY KEY(store, day));

WITH RECURSIVE calendar(n, day) AS (
  SELECT 0, '2023-01-01' UNION ALL SELECT n + 1, date(day, '+1 day') FROM calendar WHERE day < '2024-12-31'),
shop(number, store, typical) AS (VALUES (1, 'harbour', 40), (2, 'market', 120), (3, 'station', 300)),
offered AS (
  SELECT *, iif((n / 7 + number) % 4 = 0, 1.99, 2.49) AS price,
    strftime('%m-%d', day) IN ('01-01', '05-01', '12-25', '12-26') AS holiday,
    -- Noise between -1 and 1 that is the same on every machine.
    (n * 7919 + number * 104729) * 31 % 1009 / 504.5 - 1 AS noise
  FROM calendar, shop)
INSERT INTO sales
SELECT store, day,
  CASE WHEN day > '2024-12-17' THEN NULL WHEN holiday THEN 0
    ELSE round(typical * (1 + n / 2000.0) * substr('0.700.850.900.951.001.301.40', 4 * strftime('%w', day) + 1, 4)
               * iif(price < 2, 1.5, 1) * (1 + 0.12 * noise)) END,
  price, holiday
FROM offered;
