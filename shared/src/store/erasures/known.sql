-- erasures/known: whether an erasure has been finished here.
-- $1 the erasure
SELECT EXISTS (SELECT FROM erasures WHERE id = $1 AND sealed_at IS NOT NULL) AS is_sealed
