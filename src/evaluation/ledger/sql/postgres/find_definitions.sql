-- $1: keys, $2: indicators. A row for each, in the order asked.
SELECT h.id, h.counted_from, h.settled_to, h.estimated, h.corrections
FROM UNNEST($1::text[], $2::text[]) WITH ORDINALITY AS d (key, indicator, place)
LEFT JOIN ledger_history h ON h.key = d.key AND h.indicator = d.indicator
ORDER BY d.place
