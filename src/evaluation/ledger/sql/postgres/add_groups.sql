-- $1: history ids, $2: labels
INSERT INTO ledger_group (history_id, labels)
SELECT * FROM UNNEST($1::bigint[], $2::text[])
ON CONFLICT (history_id, labels) DO NOTHING
