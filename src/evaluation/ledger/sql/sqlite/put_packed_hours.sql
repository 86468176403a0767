-- The row of values is repeated, see `Rows`.
INSERT INTO ledger_packed_hour (group_id, end_at, packed)
VALUES (?, ?, ?)
ON CONFLICT (end_at, group_id) DO UPDATE SET packed = excluded.packed
