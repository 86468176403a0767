INSERT INTO deliver_attempt
    (outbox_id, attempt, at, worker, channel, outcome, reason, status, latency_ms, excerpt, next_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (outbox_id, attempt) DO NOTHING
