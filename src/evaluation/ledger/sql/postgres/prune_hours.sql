DELETE FROM ledger_hour WHERE end_at <= $1
