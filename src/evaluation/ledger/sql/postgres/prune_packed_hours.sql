DELETE FROM ledger_packed_hour WHERE end_at <= $1
