SELECT number, at, actor, action, subject, detail FROM audit
WHERE $1 = '' OR subject = $1 ORDER BY number DESC LIMIT $2
