DELETE FROM ledger_open_hour WHERE end_at <= $1
