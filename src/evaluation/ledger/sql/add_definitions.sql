-- In one order, so that two engines that start together do not block each other for good.
INSERT INTO ledger_history (key, indicator)
{rows}
ON CONFLICT (key, indicator) DO NOTHING
