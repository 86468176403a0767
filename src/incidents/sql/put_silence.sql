INSERT INTO silence (id, seq, ends_at, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, ends_at = excluded.ends_at, body = excluded.body
