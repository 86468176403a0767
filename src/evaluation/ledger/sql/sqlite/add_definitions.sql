-- ?1: JSON [[key, indicator], …]
INSERT INTO ledger_history (key, indicator)
SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE TRUE
ON CONFLICT (key, indicator) DO NOTHING
