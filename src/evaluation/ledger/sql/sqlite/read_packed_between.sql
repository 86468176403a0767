-- $1: history, $2 <= end <= $3, both ends of hours.
-- Each hour is looked up by itself, as the order of the table's key wants it; a range would visit all groups' rows.
WITH RECURSIVE
    span (first, last) AS (
        SELECT max($2, (SELECT min(end_at) FROM ledger_packed_hour)),
               min($3, (SELECT max(end_at) FROM ledger_packed_hour))
    ),
    hours (end_at) AS (
        SELECT first FROM span WHERE first <= last
        UNION ALL
        SELECT end_at + 3600 FROM hours, span WHERE end_at + 3600 <= last
    )
SELECT p.group_id, p.end_at, p.packed
FROM hours
CROSS JOIN ledger_group g
CROSS JOIN ledger_packed_hour p ON p.end_at = hours.end_at AND p.group_id = g.id
WHERE g.history_id = $1
