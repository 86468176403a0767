-- The row of values is repeated, see `Rows`.
INSERT INTO ledger_hour (group_id, end_at, good, total, covered)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (group_id, end_at)
DO UPDATE SET good = excluded.good, total = excluded.total, covered = excluded.covered
