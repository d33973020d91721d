//! The schema is brought up to date, however often that is asked for.

use chat::config::Secret;
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
            ("canary", "environment variable DATABASE_URL is not a PostgreSQL URL"),
        ] {
            let error = migrate::migrate(Some(&Secret::from(url.to_owned()))).await.unwrap_err();
            assert!(error.starts_with(line) && !error.contains("canary"), "{error}");
            assert_eq!(error.lines().count(), 1);
        }
        let error = migrate::migrate(None).await.unwrap_err();
        assert_eq!(error, "environment variable DATABASE_URL is missing");
    });
}
