SELECT seq, body FROM incident WHERE seq > $1 AND (resolved_at IS NULL OR resolved_at > $2) ORDER BY seq
