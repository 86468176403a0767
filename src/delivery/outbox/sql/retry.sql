UPDATE deliver_outbox SET state = 'queued', next_at = $3, holder = NULL
WHERE id = $1 AND attempts = $2 AND state = 'leased'
