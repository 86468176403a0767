-- $1: history, $2 < end <= $3; only hours whose buckets are gone
SELECT h.group_id, h.end_at, h.good, h.total, h.covered
FROM ledger_group g
CROSS JOIN ledger_hour h ON h.group_id = g.id
WHERE g.history_id = $1 AND h.end_at > $2 AND h.end_at <= $3
  AND NOT EXISTS (SELECT 1 FROM ledger_packed_hour p WHERE p.end_at = h.end_at AND p.group_id = h.group_id)
