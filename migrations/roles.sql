-- The two roles of the chat database, and what each may do.
--
-- Run by an administrator (a superuser, or Aurora's master user: CREATEROLE and CREATEDB are enough)
-- while connected to the new, empty database. Running it again changes nothing.
--
-- Passwords are not set here: a role without one cannot log in. On Amazon's PostgreSQL let them log in
-- by IAM authentication, as `make deploy` does,
--   GRANT rds_iam TO chat_owner, chat_service;
-- and elsewhere set them:
--   ALTER ROLE chat_owner PASSWORD '…'; ALTER ROLE chat_service PASSWORD '…';

DO $$
BEGIN
    -- Owns the schema and runs the migrations.
    CREATE ROLE chat_owner LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END
$$;

DO $$
BEGIN
    -- What the functions connect as.
    CREATE ROLE chat_service LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END
$$;

-- Time limits belong to the role, because a SET at run time would pin an RDS Proxy session.
ALTER ROLE chat_service SET statement_timeout = '2s';
ALTER ROLE chat_service SET lock_timeout = '1s';
ALTER ROLE chat_service SET idle_in_transaction_session_timeout = '5s';

-- Each statement is planned once for a connection, for whatever parameters: all of them go by keys.
-- Left to itself, the server may plan a message's anew each time, which takes longer than to run it.
ALTER ROLE chat_service SET plan_cache_mode = 'force_generic_plan';

-- Changing what belongs to chat_owner takes membership in it; only a superuser has that anyway.
GRANT chat_owner TO CURRENT_USER;

DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO chat_owner', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO chat_service', current_database());
END
$$;

-- Before PostgreSQL 15 everyone could create in "public".
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO chat_owner;
GRANT USAGE ON SCHEMA public TO chat_service;

-- Whatever a migration creates from now on, the functions may use, and no more than use.
ALTER DEFAULT PRIVILEGES FOR ROLE chat_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO chat_service;
ALTER DEFAULT PRIVILEGES FOR ROLE chat_owner GRANT USAGE ON SEQUENCES TO chat_service;
ALTER DEFAULT PRIVILEGES FOR ROLE chat_owner GRANT USAGE ON TYPES TO chat_service;
