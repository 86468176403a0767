ON CONFLICT (fingerprint) DO UPDATE SET seq = excluded.seq, ends_at = excluded.ends_at, body = excluded.body
