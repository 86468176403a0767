-- Group by group, as the order of the table's key wants it.
DELETE FROM ledger_hour
WHERE group_id IN (SELECT id FROM ledger_group) AND end_at <= $1
