-- Histories with groups of which nothing is left: locked, so that no tick is about to write to one of them.
SELECT id
FROM ledger_history
WHERE id IN (
    SELECT g.history_id
    FROM ledger_group g
    WHERE NOT EXISTS (SELECT 1 FROM ledger_hour h WHERE h.group_id = g.id)
      AND NOT EXISTS (SELECT 1 FROM ledger_open_hour o WHERE o.group_id = g.id)
)
ORDER BY id
FOR UPDATE
