-- An hour with buckets has sums, so its packed row need not be looked for.
DELETE FROM ledger_group
WHERE NOT EXISTS (SELECT 1 FROM ledger_hour h WHERE h.group_id = ledger_group.id)
  AND NOT EXISTS (SELECT 1 FROM ledger_open_hour o WHERE o.group_id = ledger_group.id)
