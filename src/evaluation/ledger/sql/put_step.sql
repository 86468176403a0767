INSERT INTO ledger_setting (id, step) VALUES (1, $1) ON CONFLICT (id) DO NOTHING
