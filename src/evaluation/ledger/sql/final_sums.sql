-- $1: history, $2 < end <= $3. No row when hours of it may still change. Coverage is that of the group without labels.
SELECT coalesce(sum(h.good), 0.0), coalesce(sum(h.total), 0.0),
    coalesce(sum(CASE WHEN g.labels = '{}' THEN h.covered ELSE 0.0 END), 0.0)
FROM ledger_history AS o
JOIN ledger_group AS g ON g.history_id = o.id
JOIN ledger_hour AS h ON h.group_id = g.id AND h.end_at > $2 AND h.end_at <= $3
WHERE o.id = $1 AND o.settled_to >= $3
HAVING count(*) > 0
