CREATE TABLE slo_schema (
    version BIGINT PRIMARY KEY
);

-- One row: what was decided when the ledger was made.
CREATE TABLE ledger_setting (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    step BIGINT NOT NULL CHECK (step > 0 AND 3600 % step = 0)
);

-- What is counted, and how far. A changed indicator is another history. Every tick updates every row: room on the page
-- lets PostgreSQL do that in place, without touching the indexes.
CREATE TABLE ledger_history (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key          TEXT NOT NULL,
    indicator    TEXT NOT NULL,
    counted_from BIGINT,
    settled_to   BIGINT,
    estimated    BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (key, indicator)
) WITH (fillfactor = 50);

-- `labels` is canonical JSON: sorted by name, no spaces; text, so that equal sets are equal bytes.
CREATE TABLE ledger_group (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    history_id BIGINT NOT NULL REFERENCES ledger_history (id) ON DELETE CASCADE,
    labels     TEXT NOT NULL,
    UNIQUE (history_id, labels)
);

-- Hours that may still change: all buckets of one group and hour in one packed row, which every tick writes again.
-- One row a bucket would be 120 rows an hour and group, to be read and deleted at once when the hour ends.
CREATE TABLE ledger_open_hour (
    group_id BIGINT NOT NULL REFERENCES ledger_group (id) ON DELETE CASCADE,
    end_at   BIGINT NOT NULL,
    packed   BYTEA NOT NULL,
    PRIMARY KEY (group_id, end_at)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
-- Already packed; to try to compress it again would only cost time.
ALTER TABLE ledger_open_hour ALTER COLUMN packed SET STORAGE EXTERNAL;

-- The sums of an hour that is final; kept long.
CREATE TABLE ledger_hour (
    group_id BIGINT NOT NULL REFERENCES ledger_group (id) ON DELETE CASCADE,
    end_at   BIGINT NOT NULL,
    good     DOUBLE PRECISION NOT NULL,
    total    DOUBLE PRECISION NOT NULL,
    covered  DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (group_id, end_at)
);

-- The buckets of a final hour, until they are pruned.
CREATE TABLE ledger_packed_hour (
    group_id BIGINT NOT NULL REFERENCES ledger_group (id) ON DELETE CASCADE,
    end_at   BIGINT NOT NULL,
    packed   BYTEA NOT NULL,
    PRIMARY KEY (group_id, end_at)
);
-- For pruning: rows lie on disk in the order of time, so the smallest kind of index finds the old ones.
CREATE INDEX ledger_packed_hour_end ON ledger_packed_hour USING brin (end_at);
ALTER TABLE ledger_packed_hour ALTER COLUMN packed SET STORAGE EXTERNAL;
