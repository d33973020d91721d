-- erasures/forget_people: the customer's phone goes, and what was handed over of the records and is still in
-- the bucket; and these connections are to be closed.
-- $1 customer, $2 when the erasure was begun, $3 connections at most
-- Locks the customer's row of record_keeping. A phone and connections of later are not meant. Connections
-- expire at once, so that nothing more is sent to them; whoever closes them forgets them.
WITH keeping AS (
    INSERT INTO record_keeping AS k (customer_id) VALUES ($1)
    ON CONFLICT (customer_id) DO UPDATE SET customer_id = excluded.customer_id
    RETURNING customer_id, customer_holds > 0 OR held_sessions <> '{}' AS is_held,
              job IS DISTINCT FROM 'erasure' AS is_busy
), phone AS (
    DELETE FROM customer_notification_mapping m USING keeping k
    WHERE m.customer_id = $1 AND m.updated_at <= $2 AND NOT k.is_held AND NOT k.is_busy
), handed_over AS (
    INSERT INTO erased_objects (customer_id, in_records, prefix)
    SELECT customer_id, true, 'exports/customer-' || customer_id || '/' FROM keeping k
    WHERE NOT k.is_held AND NOT k.is_busy
), open AS MATERIALIZED (
    SELECT c.connection_id FROM websocket_connections c, keeping k
    WHERE c.user_type = 'customer' AND c.user_id = $1 AND c.connected_at <= $2
      AND NOT k.is_held AND NOT k.is_busy
    ORDER BY c.connected_at
    LIMIT $3
), expired AS (
    UPDATE websocket_connections c SET expires_at = least(c.expires_at, now())
    FROM open WHERE c.connection_id = open.connection_id
)
SELECT k.is_held, k.is_busy, ARRAY(SELECT connection_id FROM open) AS connections
FROM keeping k
