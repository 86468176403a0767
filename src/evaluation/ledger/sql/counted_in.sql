SELECT DISTINCT key FROM ledger_history WHERE counted_from < $2 AND settled_to > $1 ORDER BY key
