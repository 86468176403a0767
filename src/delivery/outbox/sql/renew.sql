UPDATE deliver_outbox SET next_at = $2
WHERE id = ANY ($3) AND state = 'leased' AND holder = $1
