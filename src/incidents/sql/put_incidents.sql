INSERT INTO incident (id, seq, state, opened_at, resolved_at, body)
{rows}
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state, resolved_at = excluded.resolved_at,
    body = excluded.body
