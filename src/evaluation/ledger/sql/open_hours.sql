-- $1: group ids
SELECT group_id, end_at, packed FROM ledger_open_hour WHERE group_id = ANY ($1)
