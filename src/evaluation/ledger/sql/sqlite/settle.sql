-- $1: JSON [[history id, counted from, settled to, estimated, corrections], …]
UPDATE ledger_history
SET counted_from = e.value ->> 1, settled_to = e.value ->> 2, estimated = e.value ->> 3, corrections = e.value ->> 4
FROM json_each($1) e
WHERE ledger_history.id = e.value ->> 0
