-- A state of things that could not be sent, and that a newer one replaces: after an outage it is sent once, as it is
-- then. Only what was tried and failed goes; what was never tried is sent as it is.
UPDATE deliver_outbox AS old SET state = 'superseded', ended_at = old.next_at
WHERE old.lane = ANY ($1) AND old.state = 'queued' AND old.attempts > 0 AND old.kind IN ('firing', 'heartbeat')
  AND EXISTS (
    SELECT 1 FROM deliver_outbox AS newer
    WHERE newer.lane = old.lane AND newer.channel = old.channel AND newer.id > old.id AND newer.kind = old.kind
      AND newer.state IN ('queued', 'leased')
  )
