-- history/renew: this database was put back to an earlier time. What clients know of it is worth
-- nothing any more, and sync tells them so.
UPDATE database_history SET id = DEFAULT
