//! The schema is brought up to date, however often that is asked for.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat::{config::Secret, error::Error, store};
use chat_testing::{Chat, Database, with_chat};
use futures_util::future::join_all;

async fn empty_database(chat: &Chat) -> (Database, Secret) {
    let endpoints = &chat.endpoints;
    let database =
        Database::create_empty(&endpoints.database_url, &endpoints.database_admin_url).await;
    let url = Secret::from(database.owner_url.to_string());
    (database, url)
}

const APPLIED: &str = "SELECT count(*) FROM schema_migrations";

#[test]
fn a_second_run_applies_nothing() {
    with_chat(async |chat| {
        let (database, url) = empty_database(chat).await;
        let first = migrate::migrate(Some(&url)).await.unwrap();
        assert!(first.applied[0].contains("V1__"), "{:?}", first.applied);
        let second = migrate::migrate(Some(&url)).await.unwrap();
        assert!(second.applied.is_empty());
        let count = i64::try_from(first.applied.len()).unwrap();
        assert_eq!(database.number(APPLIED, &[]).await, count);
        database.remove().await.unwrap();
    });
}

#[test]
fn runs_at_once_apply_each_migration_once() {
    with_chat(async |chat| {
        let (database, url) = empty_database(chat).await;
        let runs = join_all((0..6).map(|_| migrate::migrate(Some(&url)))).await;
        let applied: Vec<String> = runs.into_iter().flat_map(|run| run.unwrap().applied).collect();
        let count = i64::try_from(applied.len()).unwrap();
        assert_eq!(database.number(APPLIED, &[]).await, count);
        database.remove().await.unwrap();
    });
}

#[test]
fn a_database_that_does_not_answer_is_said_in_one_line() {
    with_chat(async |_| {
        for (url, line) in [
            ("postgres://x:canary@127.0.0.1:1/x", "connecting to PostgreSQL: "),
            ("canary", "DATABASE_URL is not a PostgreSQL URL"),
        ] {
            let error = line_of(migrate::migrate(Some(&Secret::from(url.to_owned()))).await);
            assert!(error.starts_with(line) && !error.contains("canary"), "{error}");
            assert_eq!(error.lines().count(), 1);
        }
        let error = line_of(migrate::migrate(None).await);
        assert_eq!(error, "environment variable DATABASE_URL is missing");
    });
}

#[test]
fn a_database_that_is_newer_is_said_in_one_line_and_left_as_it_is() {
    with_chat(async |chat| {
        let (database, url) = empty_database(chat).await;
        migrate::migrate(Some(&url)).await.unwrap();
        let newer = "INSERT INTO schema_migrations (version, name, applied_on, checksum)
            VALUES (9999, 'newer', now()::text, '0')";
        database.rows(newer, &[]).await;
        let error = line_of(migrate::migrate(Some(&url)).await);
        assert!(error.starts_with("the database is newer than this program"), "{error}");
        database.remove().await.unwrap();
    });
}

#[test]
fn a_migration_that_waits_for_a_lock_lets_senders_pass_and_is_tried_again() {
    with_chat(async |chat| {
        let (database, url) = empty_database(chat).await;
        migrate::migrate(Some(&url)).await.unwrap();
        // As if the newest migration, which changes the table of messages, were still to come.
        database.rows("DELETE FROM schema_migrations WHERE version = 3", &[]).await;
        let owner = store::open(&database.owner_url.as_str().parse().unwrap()).await.unwrap();
        owner.batch_execute(BEFORE_V3).await.unwrap();
        database.rows("BEGIN", &[]).await;
        database.rows("LOCK TABLE chat_messages IN ACCESS SHARE MODE", &[]).await;
        let meanwhile = async {
            let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                 WHERE NOT l.granted AND d.datname = current_database()";
            while database.number(waiting, &[]).await == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            // It gives up by itself.
            while database.number(waiting, &[]).await > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            database.rows("COMMIT", &[]).await;
        };
        let migrated = tokio::select! {
            migrated = migrate::migrate(Some(&url)) => migrated,
            // It goes on for ever: whoever is done first is the migration.
            () = async { meanwhile.await; std::future::pending().await } => unreachable!(),
        };
        assert_eq!(migrated.unwrap().applied, ["V3__one_outbox"]);
        drop(owner);
        database.remove().await.unwrap();
    });
}

/// What V3 changes, as it was before.
const BEFORE_V3: &str = "
    DROP VIEW message_columns;
    DROP TABLE outbox, redeliver_wakes, read_marks, sender_acts;
    DROP TYPE outbox_change, outbox_work;
    DROP INDEX chat_sessions_idle;
    ALTER TABLE chat_messages DROP COLUMN sender_count;
    ALTER TABLE chat_sessions DROP COLUMN customer_count, DROP COLUMN dentist_count, DROP COLUMN first_seq;
    ALTER TABLE websocket_connections DROP COLUMN heard, DROP COLUMN heard_since;
    CREATE TABLE message_outbox (message_id bigint PRIMARY KEY, due_at timestamptz, attempts integer,
        frames_sent_at timestamptz, pushed_at timestamptz, parked_at timestamptz);
    CREATE TABLE session_outbox (session_id bigint, kind text, changed_at timestamptz, due_at timestamptz,
        parked_at timestamptz);";

/// The line that an operator reads.
fn line_of(result: Result<migrate::Migrated, Error>) -> String {
    result.unwrap_err().cause().unwrap().to_string()
}
