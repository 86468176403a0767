-- $1: keys, $2: indicators
SELECT h.id, h.counted_from, h.settled_to, h.estimated
FROM UNNEST($1::text[], $2::text[]) WITH ORDINALITY AS d (key, indicator, place)
JOIN ledger_history h ON h.key = d.key AND h.indicator = d.indicator
ORDER BY d.place
