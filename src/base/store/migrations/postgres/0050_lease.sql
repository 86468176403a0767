-- Which engine evaluates. One row: whoever may write what evaluation decides holds this term.
CREATE TABLE evaluation_lease (
    id BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (id),
    term BIGINT NOT NULL,
    holder TEXT NOT NULL
);
INSERT INTO evaluation_lease (term, holder) VALUES (0, '');

-- How long its word holds. A table of its own: writes lock the row above while they last, and must not keep a heartbeat
-- waiting.
CREATE TABLE evaluation_beat (
    id BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (id),
    term BIGINT NOT NULL,
    until TIMESTAMPTZ NOT NULL
);
INSERT INTO evaluation_beat (term, until) VALUES (0, '-infinity');
