INSERT INTO ledger_hour (group_id, end_at, good, total, covered)
{rows}
ON CONFLICT (group_id, end_at)
DO UPDATE SET good = excluded.good, total = excluded.total, covered = excluded.covered
