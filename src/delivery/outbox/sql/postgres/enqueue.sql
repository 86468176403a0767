WITH given AS (
    SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::text[])
        WITH ORDINALITY AS g (key, outlet, lane, kind, priority, incident, due_at, body, place)
),
added AS (
    INSERT INTO deliver_notification (key, incident, due_at, body)
    SELECT key, incident, due_at, body FROM given ORDER BY place
    ON CONFLICT (key) DO NOTHING
    RETURNING id, key
),
linked AS (
    INSERT INTO deliver_alert (notification_id, fingerprint)
    SELECT DISTINCT added.id, alert.fingerprint
    FROM UNNEST($9::text[], $10::bigint[]) AS alert (key, fingerprint) JOIN added ON added.key = alert.key
),
-- A key that is given twice in one batch is joined to its first.
first AS (SELECT DISTINCT ON (key) * FROM given ORDER BY key, place)
INSERT INTO deliver_outbox (notification_id, channel, outlet, lane, kind, priority, state, next_at)
SELECT added.id, 0, first.outlet, first.lane, first.kind, first.priority, 'queued', first.due_at
FROM added JOIN first ON first.key = added.key
ORDER BY added.id
