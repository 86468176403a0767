UPDATE deliver_outbox SET state = $4, ended_at = $3, holder = NULL
WHERE id = $1 AND attempts = $2 AND state = 'leased'
