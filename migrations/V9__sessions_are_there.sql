-- Each message that was there before V8 belongs to a session. Reads all messages once and locks out nobody; `sync`
-- tells again meanwhile what has changed since it began, as beside any open transaction.
ALTER TABLE chat_messages VALIDATE CONSTRAINT chat_messages_session_id_fkey;
