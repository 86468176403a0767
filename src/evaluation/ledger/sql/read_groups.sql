SELECT id, history_id, labels FROM ledger_group WHERE history_id = $1
