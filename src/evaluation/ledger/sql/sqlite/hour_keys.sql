-- $1: JSON [[group id, end], …]
SELECT h.group_id, h.end_at
FROM json_each($1) k
CROSS JOIN ledger_hour h ON h.group_id = k.value ->> 0 AND h.end_at = k.value ->> 1
