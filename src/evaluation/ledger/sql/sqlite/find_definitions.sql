-- $1: JSON [[key, indicator], …]. A row for each, in the order asked.
SELECT h.id, h.counted_from, h.settled_to, h.estimated, h.corrections
FROM json_each($1) d
LEFT JOIN ledger_history h ON h.key = d.value ->> 0 AND h.indicator = d.value ->> 1
ORDER BY d.key
