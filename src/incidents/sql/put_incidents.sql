INSERT INTO incident (id, seq, state, opened_at, resolved_at, body) VALUES
