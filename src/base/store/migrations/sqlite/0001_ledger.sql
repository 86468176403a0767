CREATE TABLE slo_schema (
    version INTEGER PRIMARY KEY
) STRICT;

-- One row: what was decided when the ledger was made.
CREATE TABLE ledger_setting (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    step INTEGER NOT NULL CHECK (step > 0 AND 3600 % step = 0)
) STRICT;

-- What is counted, and how far. A changed indicator is another history.
CREATE TABLE ledger_history (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL,
    indicator    TEXT NOT NULL,
    counted_from INTEGER,
    settled_to   INTEGER,
    estimated    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (key, indicator)
) STRICT;

-- `labels` is canonical JSON: sorted by name, no spaces.
CREATE TABLE ledger_group (
    id         INTEGER PRIMARY KEY,
    history_id INTEGER NOT NULL REFERENCES ledger_history (id) ON DELETE CASCADE,
    labels     TEXT NOT NULL,
    UNIQUE (history_id, labels)
) STRICT;

-- Hours that may still change: all buckets of one group and hour in one packed row, which every tick writes again.
-- One row a bucket would be 120 rows an hour and group, to be read and deleted at once when the hour ends.
CREATE TABLE ledger_open_hour (
    group_id INTEGER NOT NULL REFERENCES ledger_group (id) ON DELETE CASCADE,
    end_at   INTEGER NOT NULL,
    packed   BLOB NOT NULL,
    PRIMARY KEY (group_id, end_at)
) STRICT, WITHOUT ROWID;

-- The sums of an hour that is final; kept long and read in long ranges of one group, hence the order of the key.
CREATE TABLE ledger_hour (
    group_id INTEGER NOT NULL REFERENCES ledger_group (id) ON DELETE CASCADE,
    end_at   INTEGER NOT NULL,
    good     REAL NOT NULL,
    total    REAL NOT NULL,
    covered  REAL NOT NULL,
    PRIMARY KEY (group_id, end_at)
) STRICT, WITHOUT ROWID;

-- The buckets of a final hour, until they are pruned. All groups of an hour are written together and, later, deleted
-- together, hence the order of the key; a read looks each hour up by itself. No foreign key: to delete a group SQLite
-- would search this whole table for it. Pruning deletes only groups of which nothing is left.
CREATE TABLE ledger_packed_hour (
    end_at   INTEGER NOT NULL,
    group_id INTEGER NOT NULL,
    packed   BLOB NOT NULL,
    PRIMARY KEY (end_at, group_id)
) STRICT, WITHOUT ROWID;
