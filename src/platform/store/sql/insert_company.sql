INSERT INTO companies
    (ticker, cik, name, sector, industry, exchange, country, founded, employees, market_cap_usd, financials_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
