UPDATE deliver_outbox SET next_at = ?2
WHERE id IN (SELECT value FROM json_each(?3)) AND state = 'leased' AND holder = ?1
