-- Times are milliseconds since the epoch, UTC. STRICT, so that a wrong type is an error and not a surprise.
CREATE TABLE companies (
    ticker TEXT PRIMARY KEY,
    cik TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    sector TEXT NOT NULL,
    industry TEXT NOT NULL,
    exchange TEXT NOT NULL,
    country TEXT NOT NULL,
    founded INTEGER NOT NULL,
    employees INTEGER NOT NULL CHECK (employees >= 0),
    market_cap_usd INTEGER NOT NULL CHECK (market_cap_usd >= 0),
    financials_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX companies_by_sector ON companies (sector COLLATE NOCASE, ticker);

CREATE TABLE filings (
    accession TEXT PRIMARY KEY,
    ticker TEXT NOT NULL REFERENCES companies (ticker) ON DELETE CASCADE,
    form TEXT NOT NULL,
    filed_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX filings_by_company ON filings (ticker, filed_ms);
CREATE INDEX filings_by_time ON filings (filed_ms);

-- AUTOINCREMENT, so that the id of a deleted item is never given to another: ids are part of the API.
CREATE TABLE news (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticker TEXT NOT NULL REFERENCES companies (ticker) ON DELETE CASCADE,
    headline TEXT NOT NULL,
    summary TEXT NOT NULL,
    publisher TEXT NOT NULL,
    url TEXT NOT NULL,
    published_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX news_by_time ON news (published_ms, id);
CREATE INDEX news_by_company ON news (ticker, published_ms, id);

CREATE TABLE ingest_sources (
    source TEXT PRIMARY KEY,
    runs INTEGER NOT NULL,
    last_success_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
