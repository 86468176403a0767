INSERT INTO companies
    (ticker, cik, name, sector, industry, exchange, country, founded, employees, market_cap_usd, financials_ms)
{rows}
