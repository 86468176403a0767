-- $1: history, $2: JSON [end, …]
SELECT p.group_id, p.end_at, p.packed
FROM json_each($2) k
CROSS JOIN ledger_group g
CROSS JOIN ledger_packed_hour p ON p.end_at = k.value AND p.group_id = g.id
WHERE g.history_id = $1
