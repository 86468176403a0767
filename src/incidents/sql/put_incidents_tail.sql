ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, state = excluded.state, resolved_at = excluded.resolved_at,
    body = excluded.body
