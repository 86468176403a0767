-- The row of values is repeated, see `Rows`.
INSERT INTO ledger_open_hour (group_id, end_at, packed)
VALUES (?, ?, ?)
ON CONFLICT (group_id, end_at) DO UPDATE SET packed = excluded.packed
