-- connections/forget: these connections are gone.
-- $1 connections
DELETE FROM websocket_connections WHERE connection_id = ANY ($1)
