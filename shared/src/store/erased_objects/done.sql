-- erased_objects/done: the bytes of these are deleted.
-- $1 rows
DELETE FROM erased_objects WHERE id = ANY ($1)
