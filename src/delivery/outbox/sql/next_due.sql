SELECT min(next_at) FROM deliver_outbox WHERE state IN ('queued', 'leased')
