-- At most a day of what is oldest, so that ticks get their turn in between.
DELETE FROM ledger_packed_hour
WHERE end_at <= min($1, (SELECT min(end_at) FROM ledger_packed_hour) + 86400)
