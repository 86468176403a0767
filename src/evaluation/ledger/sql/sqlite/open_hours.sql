-- ?1: JSON [group id, …]
SELECT group_id, end_at, packed
FROM ledger_open_hour
WHERE group_id IN (SELECT value FROM json_each(?1))
