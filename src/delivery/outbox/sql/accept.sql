-- Even when the lease has ended: it did arrive.
UPDATE deliver_outbox SET state = 'accepted', ended_at = $2, holder = NULL
WHERE id = $1 AND state <> 'accepted'
