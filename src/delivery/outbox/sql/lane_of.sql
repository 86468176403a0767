SELECT lane FROM deliver_outbox WHERE id = $1
