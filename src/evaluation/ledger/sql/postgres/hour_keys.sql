-- $1: group ids, $2: ends
SELECT h.group_id, h.end_at
FROM UNNEST($1::bigint[], $2::bigint[]) AS k (group_id, end_at)
JOIN ledger_hour h ON h.group_id = k.group_id AND h.end_at = k.end_at
