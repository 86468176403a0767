INSERT INTO ledger_open_hour (group_id, end_at, packed)
{rows}
ON CONFLICT (group_id, end_at) DO UPDATE SET packed = excluded.packed
