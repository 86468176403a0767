-- From one outlet with waiting rows to the next one, instead of through all of the rows.
WITH RECURSIVE waiting (outlet) AS (
    SELECT min(outlet) FROM deliver_outbox WHERE state IN ('queued', 'leased')
    UNION ALL
    SELECT (
        SELECT min(o.outlet) FROM deliver_outbox AS o
        WHERE o.state IN ('queued', 'leased') AND o.outlet > waiting.outlet
    )
    FROM waiting WHERE waiting.outlet IS NOT NULL
)
SELECT outlet FROM waiting
WHERE outlet IS NOT NULL AND EXISTS (
    SELECT 1 FROM deliver_outbox AS o
    WHERE o.outlet = waiting.outlet AND o.state IN ('queued', 'leased') AND o.next_at <= $1
)
LIMIT $2
