INSERT INTO news (ticker, headline, summary, publisher, url, published_ms) {rows}
