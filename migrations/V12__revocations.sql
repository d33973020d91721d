-- Tokens that count no more: a person's that were issued until an instant.
--
-- A token lives a day at most; what is older here says nothing any more, and goes with the next one that is added.
CREATE TABLE revocations (
    user_type     chat_participant NOT NULL,
    user_id       bigint NOT NULL,
    issued_until  timestamptz NOT NULL,
    PRIMARY KEY (user_type, user_id)
);

-- When the token was issued that a connection was opened with. Functions from before this migration do not say, and
-- open one with a revoked token, too: then revoke once more when none of them is left.
ALTER TABLE websocket_connections ADD COLUMN issued_at timestamptz NOT NULL DEFAULT now();
