-- $1: keys, $2: indicators. In one order, so that two engines that start together do not block each other for good.
INSERT INTO ledger_history (key, indicator)
SELECT d.key, d.indicator FROM UNNEST($1::text[], $2::text[]) AS d (key, indicator)
ORDER BY d.key, d.indicator
ON CONFLICT (key, indicator) DO NOTHING
