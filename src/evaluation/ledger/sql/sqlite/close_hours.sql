-- $1: JSON [[group id, end], …]
DELETE FROM ledger_open_hour
WHERE (group_id, end_at) IN (SELECT value ->> 0, value ->> 1 FROM json_each($1))
