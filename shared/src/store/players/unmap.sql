-- players/unmap: the provider does not know this player, unless it was registered again meanwhile.
-- $1 customer, $2 player, $3 when it was registered
DELETE FROM customer_notification_mapping
WHERE customer_id = $1 AND onesignal_player_id = $2 AND updated_at = $3
