-- $1: group ids, $2: ends
DELETE FROM ledger_open_hour o
USING UNNEST($1::bigint[], $2::bigint[]) AS k (group_id, end_at)
WHERE o.group_id = k.group_id AND o.end_at = k.end_at
