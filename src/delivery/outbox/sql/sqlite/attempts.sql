SELECT outbox_id, attempt, at, worker, channel, outcome, reason, status, latency_ms, excerpt, next_at
FROM deliver_attempt
WHERE outbox_id IN (SELECT value FROM json_each(?1))
ORDER BY outbox_id, attempt
