SELECT step FROM ledger_setting WHERE id = 1
