INSERT INTO incident (id, seq, state, opened_at, resolved_at, body) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state, resolved_at = excluded.resolved_at,
    body = excluded.body
