-- erased_objects/next: objects whose bytes are still to be deleted.
-- $1 customer (null: anyone's), $2 those after this, $3 how many
(SELECT id AS object_id, in_records, prefix FROM erased_objects
 WHERE customer_id = $1 AND id > $2 ORDER BY id LIMIT $3)
UNION ALL
(SELECT id, in_records, prefix FROM erased_objects
 WHERE $1 IS NULL AND id > $2 ORDER BY id LIMIT $3)
ORDER BY object_id
