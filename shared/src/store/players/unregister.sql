-- players/unregister: this customer gets no more pushes.
-- $1 customer
DELETE FROM customer_notification_mapping WHERE customer_id = $1
