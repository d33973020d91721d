//! The stack's own database servers: what the service's accounts may do, and what the controls do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;
mod servers;

use std::path::Path;

use mysql_async::prelude::Queryable;
use rustix::process::{Signal, kill_process};
use tokio::time::timeout;
use tokio_postgres::error::SqlState;

use self::place::Folder;
use self::servers::{
    SILENCE, authority, connect, postmaster, prepared_postgres, started_mysql, started_postgres,
    until,
};

async fn mysql_connection(folder: &Folder, url: &str) -> mysql_async::Conn {
    mysql_async::Conn::new(authority(folder).mysql(url).unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_role_creates_nothing_and_has_its_time_limits() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let owner = connect(&folder, &postgres.owner_url()).await.unwrap();
    owner
        .batch_execute("CREATE TABLE example (id bigint GENERATED ALWAYS AS IDENTITY, said text)")
        .await
        .unwrap();
    let service = connect(&folder, &postgres.service_url()).await.unwrap();

    for statement in [
        "CREATE TABLE mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "DROP TABLE example",
        "TRUNCATE example",
    ] {
        let refusal = service.batch_execute(statement).await.unwrap_err();
        assert_eq!(refusal.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{statement}");
    }
    service
        .batch_execute("INSERT INTO example (said) VALUES ('a'); UPDATE example SET said = 'b'; SELECT * FROM example; DELETE FROM example")
        .await
        .unwrap();
    for (setting, value) in [
        ("statement_timeout", "2s"),
        ("lock_timeout", "1s"),
        ("idle_in_transaction_session_timeout", "5s"),
    ] {
        let row = service.query_one(&format!("SHOW {setting}"), &[]).await.unwrap();
        assert_eq!(row.get::<_, String>(0), value, "{setting}");
    }
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_makes_databases_in_which_the_service_role_works_too() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let owner = connect(&folder, &postgres.owner_url()).await.unwrap();
    owner.batch_execute("CREATE DATABASE one_test").await.unwrap();
    owner.query("SELECT pg_stat_statements_reset()", &[]).await.unwrap();

    let at = |url: String| format!("{}/one_test", url.strip_suffix("/chat").unwrap());
    let owner = connect(&folder, &at(postgres.owner_url())).await.unwrap();
    owner.batch_execute("CREATE TABLE example (id int)").await.unwrap();
    let service = connect(&folder, &at(postgres.service_url())).await.unwrap();
    service.batch_execute("INSERT INTO example VALUES (1)").await.unwrap();
    let refusal = service.batch_execute("CREATE TABLE mine (id int)").await.unwrap_err();
    assert_eq!(refusal.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_postgres_cuts_its_clients_and_keeps_data_and_port() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let before = connect(&folder, &postgres.owner_url()).await.unwrap();
    before
        .batch_execute("CREATE TABLE example (id int); INSERT INTO example VALUES (41)")
        .await
        .unwrap();

    postgres.server.down().await;
    assert!(before.batch_execute("SELECT 1").await.is_err());
    assert!(connect(&folder, &postgres.owner_url()).await.is_err());
    postgres.server.up().await.unwrap();

    let after = connect(&folder, &postgres.owner_url()).await.unwrap();
    assert_eq!(after.query_one("SELECT id FROM example", &[]).await.unwrap().get::<_, i32>(0), 41);
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_postgres_answers_neither_old_nor_new_clients_until_it_is_up_again() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let client = connect(&folder, &postgres.service_url()).await.unwrap();

    postgres.server.freeze().await.unwrap();
    let waiting = client.query_one("SELECT 1", &[]);
    tokio::pin!(waiting);
    assert!(timeout(SILENCE, &mut waiting).await.is_err());
    assert!(timeout(SILENCE, connect(&folder, &postgres.service_url())).await.is_err());

    postgres.server.up().await.unwrap();
    assert_eq!(waiting.await.unwrap().get::<_, i32>(0), 1);
    postgres.server.freeze().await.unwrap();
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_outlived_its_stack_makes_way_for_the_next() {
    let folder = Folder::new();
    let earlier = started_postgres(&folder).await;
    let next = prepared_postgres(&folder).await;
    next.server.up().await.unwrap();
    connect(&folder, &next.owner_url()).await.unwrap();
    assert!(connect(&folder, &earlier.owner_url()).await.is_err());
    next.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_is_reported_and_stays_down() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    kill_process(postmaster(&folder), Signal::KILL).unwrap();
    let reported = || folder.log_content().contains("postgres | died by itself");
    until("its death is reported", reported).await;
    assert!(connect(&folder, &postgres.owner_url()).await.is_err());
    postgres.server.up().await.unwrap();
    connect(&folder, &postgres.owner_url()).await.unwrap();
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jarvis_account_reads_the_two_tables_and_does_nothing_else() {
    let folder = Folder::new();
    let mysql = started_mysql(&folder).await;
    let mut admin = mysql_connection(&folder, &mysql.admin_url()).await;
    admin.query_drop("CREATE TABLE jarvis.payment (id INT)").await.unwrap();
    let mut service = mysql_connection(&folder, &mysql.service_url()).await;

    let customers: Vec<(i32, String, String)> = service
        .query("SELECT id, email, cognito_sub FROM assignment_customer ORDER BY id")
        .await
        .unwrap();
    assert_eq!(customers.len(), 20);
    assert_eq!(customers[6], (7, "customer7@example.test".into(), "customer-7".into()));
    let dentists: Vec<(i32, String)> =
        service.query("SELECT id, email FROM dentist_dentist ORDER BY id").await.unwrap();
    assert_eq!(dentists.len(), 5);

    for statement in [
        "INSERT INTO dentist_dentist (email, name) VALUES ('a@example.test', 'A')",
        "UPDATE dentist_dentist SET name = 'A'",
        "DELETE FROM assignment_customer",
        "SELECT * FROM payment",
        "CREATE TABLE mine (id INT)",
        "CREATE TEMPORARY TABLE mine (id INT)",
        "DROP TABLE dentist_dentist",
    ] {
        let error = service.query_drop(statement).await.unwrap_err();
        let mysql_async::Error::Server(error) = error else { panic!("{statement}: {error}") };
        // 1142: denied for a table; 1044: denied for a database.
        assert!([1142, 1044].contains(&error.code), "{statement}: {error}");
    }
    mysql.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_or_frozen_mysql_keeps_its_people_and_its_port() {
    let folder = Folder::new();
    let mysql = started_mysql(&folder).await;
    let mut admin = mysql_connection(&folder, &mysql.admin_url()).await;
    admin.query_drop("DELETE FROM dentist_dentist WHERE id = 5").await.unwrap();

    mysql.server.down().await;
    assert!(admin.query_drop("SELECT 1").await.is_err());
    mysql.server.up().await.unwrap();
    mysql.set_up().await.unwrap();
    let mut service = mysql_connection(&folder, &mysql.service_url()).await;
    let dentists: Option<i64> =
        service.query_first("SELECT COUNT(*) FROM dentist_dentist").await.unwrap();
    assert_eq!(dentists, Some(4));

    mysql.server.freeze().await.unwrap();
    let mut waiting = service.query_first::<i64, _>("SELECT 1");
    assert!(timeout(SILENCE, &mut waiting).await.is_err());
    mysql.server.up().await.unwrap();
    assert_eq!(waiting.await.unwrap(), Some(1));
    mysql.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mysql_keeps_its_temporary_tables_where_no_other_server_clears_them_away() {
    let folder = Folder::new();
    let mysql = started_mysql(&folder).await;
    let mut service = mysql_connection(&folder, &mysql.service_url()).await;
    let place: Option<String> = service.query_first("SELECT @@tmpdir").await.unwrap();
    let own = folder.path().join("mysql").canonicalize().unwrap();
    assert!(place.as_ref().is_some_and(|place| Path::new(place).starts_with(&own)), "{place:?}");
    mysql.server.stop().await;
}
