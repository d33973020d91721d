//! The schema is brought up to date, however often that is asked for.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat::{config::Access, error::Error};
use chat_testing::{Chat, Database, with_chat};
use futures_util::future::join_all;
use migrate::Migrated;
use refinery::Target;

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

async fn empty_database(chat: &Chat) -> (Database, Access) {
    let database = Database::create_empty(&chat.endpoints).await;
    let access = Access::by_url("DATABASE_URL", database.owner_url.as_str());
    (database, access)
}

async fn migrate(chat: &Chat, access: &Access) -> Result<Migrated, Error> {
    migrate::migrate(Some(access), &chat.app().http).await
}

const APPLIED: &str = "SELECT count(*) FROM schema_migrations";

#[test]
fn a_second_run_applies_nothing() {
    with_chat(async |chat| {
        let (database, access) = empty_database(chat).await;
        let first = migrate(chat, &access).await.unwrap();
        assert!(first.applied[0].contains("V1__"), "{:?}", first.applied);
        let second = migrate(chat, &access).await.unwrap();
        assert!(second.applied.is_empty());
        let count = i64::try_from(first.applied.len()).unwrap();
        assert_eq!(database.number(APPLIED, &[]).await, count);
        database.remove().await.unwrap();
    });
}

#[test]
fn runs_at_once_apply_each_migration_once() {
    with_chat(async |chat| {
        let (database, access) = empty_database(chat).await;
        let runs = join_all((0..6).map(|_| migrate(chat, &access))).await;
        let applied: Vec<String> = runs.into_iter().flat_map(|run| run.unwrap().applied).collect();
        let count = i64::try_from(applied.len()).unwrap();
        assert_eq!(database.number(APPLIED, &[]).await, count);
        database.remove().await.unwrap();
    });
}

#[test]
fn a_database_that_does_not_answer_is_said_in_one_line() {
    with_chat(async |chat| {
        for (url, line) in [
            ("postgres://x:canary@127.0.0.1:1/x", "connecting to PostgreSQL: "),
            ("canary", "DATABASE_URL is not a PostgreSQL URL"),
        ] {
            let error = line_of(migrate(chat, &Access::by_url("DATABASE_URL", url)).await);
            assert!(error.starts_with(line) && !error.contains("canary"), "{error}");
            assert_eq!(error.lines().count(), 1);
        }
        let error = line_of(migrate::migrate(None, &chat.app().http).await);
        assert_eq!(error, "environment variable DATABASE_URL is missing");
    });
}

#[test]
fn a_database_that_is_newer_is_said_in_one_line_and_left_as_it_is() {
    with_chat(async |chat| {
        let (database, access) = empty_database(chat).await;
        migrate(chat, &access).await.unwrap();
        let newer = "INSERT INTO schema_migrations (version, name, applied_on, checksum)
            VALUES (9999, 'newer', now()::text, '0')";
        database.rows(newer, &[]).await;
        let error = line_of(migrate(chat, &access).await);
        assert!(error.starts_with("the database is newer than this program"), "{error}");
        database.remove().await.unwrap();
    });
}

#[test]
fn a_migration_that_fails_is_said_by_its_name_and_the_databases_code() {
    with_chat(async |chat| {
        let (database, access) = empty_database(chat).await;
        migrate(chat, &access).await.unwrap();
        // As if the last one had not been applied: what it creates is there already.
        let last = "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations) RETURNING name";
        let name: String = database.rows(last, &[]).await[0].get(0);
        let error = line_of(migrate(chat, &access).await);
        assert!(error.contains(&name) && error.contains(": SQLSTATE 42P07"), "{error}");
        assert_eq!(error.lines().count(), 1);
        database.remove().await.unwrap();
    });
}

#[test]
fn a_migration_that_waits_for_a_lock_lets_senders_pass_and_is_tried_again() {
    with_chat(async |chat| {
        let (database, access) = empty_database(chat).await;
        // Before the migrations that change the table of messages.
        migrate_to(&database, 2).await;
        database.rows("BEGIN", &[]).await;
        database.rows("LOCK TABLE chat_messages IN ACCESS SHARE MODE", &[]).await;
        let meanwhile = async {
            database.until_a_lock_is_waited_for().await;
            // It gives up by itself.
            while database.locks_waited_for().await > 0 {
                tokio::task::yield_now().await;
            }
            database.rows("COMMIT", &[]).await;
        };
        let migrated = tokio::select! {
            migrated = migrate(chat, &access) => migrated,
            // It goes on for ever: whoever is done first is the migration.
            () = async { meanwhile.await; std::future::pending().await } => unreachable!(),
        };
        assert_eq!(migrated.unwrap().applied[0], "V3__one_outbox");
        database.remove().await.unwrap();
    });
}

#[test]
fn what_was_there_is_as_it_was_when_its_tables_have_been_written_anew() {
    with_chat(async |chat| {
        let (database, access) = empty_database(chat).await;
        migrate_to(&database, 7).await;
        for sql in FROM_BEFORE {
            database.rows(sql, &[]).await;
        }
        let before = content(&database).await;
        assert_eq!(before.len(), 6);
        migrate(chat, &access).await.unwrap();
        assert_eq!(content(&database).await, before);
        let pairs = "SELECT ARRAY[customer_id, dentist_id, session_id] FROM active_pairs";
        assert_eq!(database.rows(pairs, &[]).await[0].get::<_, Vec<i64>>(0), [20, 7, 2]);
        let message =
            "INSERT INTO chat_messages (session_id, seq, sender_type, sender_id, client_message_id)
             VALUES (99, 1, 'customer', 20, gen_random_uuid())";
        assert_eq!(database.refusal(message).await.0, "23503");
        // What was handed out once is handed out no more, although the session with the highest id is gone.
        let next =
            "INSERT INTO chat_sessions (customer_id, dentist_id) VALUES (30, 7) RETURNING id";
        assert_eq!(database.rows(next, &[]).await[0].get::<_, i64>(0), 5);
        let next = "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
             VALUES (5, 'created', 0, 'frames', now(), now()) RETURNING version";
        assert_eq!(database.rows(next, &[]).await[0].get::<_, i64>(0), 3);
        database.remove().await.unwrap();
    });
}

/// Each column has a value of its own, so that none can be taken for another.
const FROM_BEFORE: [&str; 5] = [
    "INSERT INTO chat_sessions (customer_id, dentist_id, status) VALUES
         (10, 7, 'archived'), (20, 7, 'active'), (20, 7, 'archived'), (40, 7, 'active')",
    "UPDATE chat_sessions SET created_at = '2026-01-01', updated_at = '2026-01-02', last_seq = 90,
         customer_read_seq = 81, dentist_read_seq = 82, customer_unread_count = 3, dentist_unread_count = 4,
         customer_count = 40, dentist_count = 50, first_seq = 2",
    "DELETE FROM chat_sessions WHERE id = 4",
    "INSERT INTO chat_messages (session_id, seq, sender_type, sender_id, client_message_id)
         VALUES (2, 90, 'customer', 20, gen_random_uuid())",
    "INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at, attempts, origin, parked_at)
         VALUES (2, 'message', 90, 'frames', '2026-01-03', '2026-01-04', 5, 'phone', NULL),
                (2, 'message', 90, 'images', '2026-01-03', '2026-01-04', 6, NULL, '2026-01-05')",
];

/// All sessions, messages and what is owed, each by its columns' names.
async fn content(database: &Database) -> Vec<String> {
    let rows = "SELECT to_jsonb(s)::text FROM chat_sessions s UNION ALL
         SELECT to_jsonb(m)::text FROM chat_messages m UNION ALL
         SELECT to_jsonb(o)::text FROM outbox o ORDER BY 1";
    database.rows(rows, &[]).await.iter().map(|row| row.get(0)).collect()
}

/// Brings the schema to what an earlier program knew.
async fn migrate_to(database: &Database, version: i32) {
    let mut owner = database.another_owner().await;
    let mut earlier = embedded::migrations::runner().set_target(Target::Version(version));
    earlier.set_migration_table_name("schema_migrations");
    earlier.run_async(&mut owner).await.unwrap();
}

/// The line that an operator reads.
fn line_of(result: Result<Migrated, Error>) -> String {
    result.unwrap_err().cause().unwrap().to_string()
}
