-- ?1: JSON [[history id, labels], …]
INSERT INTO ledger_group (history_id, labels)
SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE TRUE
ON CONFLICT (history_id, labels) DO NOTHING
