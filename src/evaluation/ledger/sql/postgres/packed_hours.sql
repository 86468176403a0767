-- $1: group ids, $2: ends
SELECT p.group_id, p.end_at, p.packed
FROM UNNEST($1::bigint[], $2::bigint[]) AS k (group_id, end_at)
JOIN ledger_packed_hour p ON p.group_id = k.group_id AND p.end_at = k.end_at
