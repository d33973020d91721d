-- What the server counts, under names. In KB what is in bytes.
SELECT 'messages' AS name, coalesce(sum(last_seq), 0)::float8 AS value FROM chat_sessions
UNION ALL SELECT 'WAL', pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 / 1e3
UNION ALL SELECT 'full pages', wal_fpi::float8 FROM pg_stat_wal
UNION ALL
SELECT counted.name || relname, counted.value
FROM pg_stat_user_tables, LATERAL (VALUES
    ('rows of ', pg_table_size(relid) / 1e3::float8),
    ('indexes of ', pg_indexes_size(relid) / 1e3::float8),
    ('updates of ', n_tup_upd::float8),
    ('HOT updates of ', n_tup_hot_upd::float8)
) counted (name, value)
UNION ALL
SELECT counted.name || part.name, counted.value
FROM (VALUES
    ('append', '%WITH earlier AS MATERIALIZED%'),
    ('settle', '%WITH pair AS MATERIALIZED%'),
    ('page', '%newest_of_page AS%'),
    ('mark', '%WITH seen AS MATERIALIZED%')
) part (name, pattern), LATERAL (
    SELECT sum(calls)::float8 AS calls, sum(wal_bytes)::float8 / 1e3 AS wal
    FROM pg_stat_statements
    WHERE query LIKE part.pattern AND userid = 'chat_service'::regrole
      AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
) statement, LATERAL (VALUES ('calls of ', calls), ('WAL of ', wal)) counted (name, value)
WHERE counted.value IS NOT NULL
