-- Engines that share a database take turns by these tables on PostgreSQL. A SQLite file has one engine, which locks a
-- file beside it; the number keeps the schemas of both alike.
SELECT 1;
