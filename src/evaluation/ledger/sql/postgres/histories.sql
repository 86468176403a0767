-- $1: ids. The lock keeps two engines from merging into the same hours at once; it is taken in one order.
SELECT id, counted_from, settled_to, estimated, corrections
FROM ledger_history
WHERE id = ANY ($1)
ORDER BY id
FOR NO KEY UPDATE
