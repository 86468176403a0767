-- $1: the histories that are locked. An hour with buckets has sums, so its packed row need not be looked for.
DELETE FROM ledger_group g
WHERE g.history_id = ANY ($1)
  AND NOT EXISTS (SELECT 1 FROM ledger_hour h WHERE h.group_id = g.id)
  AND NOT EXISTS (SELECT 1 FROM ledger_open_hour o WHERE o.group_id = g.id)
