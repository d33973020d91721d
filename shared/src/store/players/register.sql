-- players/register: this customer's phone, taken from whoever had it before.
-- $1 customer, $2 player
-- Locks the rows concerned in the order of their ids, so that two customers who swap phones do not
-- deadlock. `vacated` is read by the insert so that the old owner's row is gone before the new one
-- comes.
WITH locked AS MATERIALIZED (
    SELECT id FROM customer_notification_mapping
    WHERE customer_id = $1 OR onesignal_player_id = $2
    ORDER BY id
    FOR UPDATE
), taken AS (
    DELETE FROM customer_notification_mapping
    WHERE onesignal_player_id = $2 AND customer_id <> $1 AND (SELECT count(*) FROM locked) > 0
    RETURNING id
), vacated AS MATERIALIZED (
    SELECT count(*) FROM taken
)
INSERT INTO customer_notification_mapping (customer_id, onesignal_player_id)
SELECT $1, $2 FROM vacated
ON CONFLICT (customer_id)
DO UPDATE SET onesignal_player_id = excluded.onesignal_player_id, updated_at = now()
RETURNING id, customer_id, onesignal_player_id, created_at, updated_at
