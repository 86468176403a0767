INSERT INTO ledger_open_hour (group_id, end_at, packed)
SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bytea[])
ON CONFLICT (group_id, end_at) DO UPDATE SET packed = excluded.packed
