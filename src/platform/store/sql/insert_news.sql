INSERT INTO news (ticker, headline, summary, publisher, url, published_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
