-- exports/customer: what is kept of a customer beside their sessions, as records.json has it.
-- $1 customer
SELECT (
    SELECT row_to_json(mapping)::text FROM (
        SELECT id, onesignal_player_id, record_time(created_at) AS created_at, record_time(updated_at) AS updated_at
        FROM customer_notification_mapping WHERE customer_id = $1
    ) mapping
) AS notification_mapping
