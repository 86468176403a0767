INSERT INTO ledger_hour (group_id, end_at, good, total, covered)
SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::float8[], $4::float8[], $5::float8[])
ON CONFLICT (group_id, end_at)
DO UPDATE SET good = excluded.good, total = excluded.total, covered = excluded.covered
