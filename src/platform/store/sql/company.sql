SELECT ticker, cik, name, sector, industry, exchange, country, founded, employees, market_cap_usd, financials_ms
FROM companies
WHERE ticker = $1
