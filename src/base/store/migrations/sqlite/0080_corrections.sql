-- How often what was final was counted anew: an engine that sees another number reads its windows again.
ALTER TABLE ledger_history ADD COLUMN corrections INTEGER NOT NULL DEFAULT 0;
