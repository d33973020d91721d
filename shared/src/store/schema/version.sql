-- schema/version: the newest migration that the database has.
SELECT max(version) FROM schema_migrations
