SELECT seq, body FROM silence WHERE seq > $1 ORDER BY seq
