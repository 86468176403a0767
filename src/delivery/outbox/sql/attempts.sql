SELECT outbox_id, attempt, at, worker, channel, outcome, reason, status, latency_ms, excerpt, next_at
FROM deliver_attempt
WHERE outbox_id = ANY ($1)
ORDER BY outbox_id, attempt
