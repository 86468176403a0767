INSERT INTO ledger_group (history_id, labels)
{rows}
ON CONFLICT (history_id, labels) DO NOTHING
