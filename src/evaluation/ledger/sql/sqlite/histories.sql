-- $1: JSON [id, …]
SELECT id, counted_from, settled_to, estimated, corrections
FROM ledger_history
WHERE id IN (SELECT value FROM json_each($1))
