UPDATE companies SET market_cap_usd = $2, financials_ms = $3 WHERE ticker = $1
