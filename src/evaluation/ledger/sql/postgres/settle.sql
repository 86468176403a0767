-- $1: history ids, $2: counted from, $3: settled to, $4: estimated, $5: corrections
UPDATE ledger_history h
SET counted_from = e.counted_from, settled_to = e.settled_to, estimated = e.estimated, corrections = e.corrections
FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], $5::bigint[])
    AS e (id, counted_from, settled_to, estimated, corrections)
WHERE h.id = e.id
