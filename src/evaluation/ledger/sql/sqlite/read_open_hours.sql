-- $1: history, $2 < end <= $3
SELECT o.group_id, o.end_at, o.packed
FROM ledger_group g
CROSS JOIN ledger_open_hour o ON o.group_id = g.id
WHERE g.history_id = $1 AND o.end_at > $2 AND o.end_at <= $3
