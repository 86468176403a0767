-- $1: history, $2: ends
SELECT p.group_id, p.end_at, p.packed
FROM ledger_group g
JOIN ledger_packed_hour p ON p.group_id = g.id
WHERE g.history_id = $1 AND p.end_at = ANY ($2)
