-- $1: JSON [[group id, end], …]
SELECT p.group_id, p.end_at, p.packed
FROM json_each($1) k
CROSS JOIN ledger_packed_hour p ON p.end_at = k.value ->> 1 AND p.group_id = k.value ->> 0
