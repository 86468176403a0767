-- $1: history ids, $2: counted from, $3: settled to, $4: estimated
UPDATE ledger_history h
SET counted_from = e.counted_from, settled_to = e.settled_to, estimated = e.estimated
FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[])
    AS e (id, counted_from, settled_to, estimated)
WHERE h.id = e.id
