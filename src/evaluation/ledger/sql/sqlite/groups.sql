-- ?1: JSON [history id, …]
SELECT id, history_id, labels
FROM ledger_group
WHERE history_id IN (SELECT value FROM json_each(?1))
