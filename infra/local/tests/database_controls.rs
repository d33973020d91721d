//! The controls of the stack's own database servers where something goes wrong on the way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;
mod servers;

use std::future::Future;
use std::net::TcpListener;
use std::task::Poll;

use axum::body::Body;
use axum::http::Request;
use chat_local::databases::Postgres;
use chat_local::dependencies::{self, Dependency};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tokio::time::timeout;
use tower::ServiceExt;

use self::place::Folder;
use self::servers::{SILENCE, connect, postmaster, prepared_postgres, started_postgres, until};

/// A backend that has not noticed that its server was killed.
async fn orphan(folder: &Folder, postgres: &Postgres) -> Pid {
    let client = connect(folder, &postgres.owner_url()).await.unwrap();
    let backend = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
    let backend = Pid::from_raw(backend.get(0)).unwrap();
    kill_process(backend, Signal::STOP).unwrap();
    kill_process(postmaster(folder), Signal::KILL).unwrap();
    let reported = || folder.log_content().contains("postgres | died by itself");
    until("the server's death is reported", reported).await;
    assert!(runs(backend));
    backend
}

/// Whether a process is there and no zombie.
fn runs(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    test_kill_process(pid).is_ok() && status.is_ok_and(|status| !status.contains(") Z "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_postgres_that_is_frozen_again_answers_nobody_meanwhile() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let client = connect(&folder, &postgres.service_url()).await.unwrap();
    postgres.server.freeze().await.unwrap();
    // One round trip: it is answered as soon as the server gets to run.
    let waiting = client.batch_execute("SELECT 1");
    tokio::pin!(waiting);
    assert!(timeout(SILENCE, &mut waiting).await.is_err());

    postgres.server.freeze().await.unwrap();
    assert!(timeout(SILENCE, &mut waiting).await.is_err());
    postgres.server.up().await.unwrap();
    waiting.await.unwrap();
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_nobody_waits_for_any_more_is_completed() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let server = postmaster(&folder);
    let controls =
        dependencies::router([("postgres", Dependency::Server(postgres.server.clone(), None))]);
    let request = Request::put("/dependencies/postgres").body(Body::from(r#"{"state": "down"}"#));
    let mut change = Box::pin(controls.oneshot(request.unwrap()));
    // The client hangs up as soon as the change has begun.
    std::future::poll_fn(|context| {
        assert!(change.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    drop(change);

    until("the server is gone", || !runs(server)).await;
    postgres.server.up().await.unwrap();
    connect(&folder, &postgres.owner_url()).await.unwrap();
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backends_that_outlived_their_server_make_way_for_the_next() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let backend = orphan(&folder, &postgres).await;
    postgres.server.up().await.unwrap();
    assert!(!runs(backend));
    connect(&folder, &postgres.owner_url()).await.unwrap();
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_leaves_no_backend_of_a_server_that_was_killed() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    let backend = orphan(&folder, &postgres).await;
    // Whoever else stands in the folder is none of the server's.
    let data = folder.path().join("postgres/data");
    let mut bystander =
        std::process::Command::new("sleep").arg("60").current_dir(data).spawn().unwrap();
    postgres.server.stop().await;
    assert!(!runs(backend));
    assert!(bystander.try_wait().unwrap().is_none());
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_port_is_free_again_a_moment_later_starts() {
    let folder = Folder::new();
    let postgres = prepared_postgres(&folder).await;
    let stranger = TcpListener::bind(("127.0.0.1", postgres.port())).unwrap();
    let refused = || folder.log_content().contains("could not create any TCP/IP sockets");
    let (up, ()) = tokio::join!(postgres.server.up(), async {
        until("the port is refused", refused).await;
        drop(stranger);
    });
    up.unwrap();
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_start_says_why() {
    let folder = Folder::new();
    let postgres = prepared_postgres(&folder).await;
    let _stranger = TcpListener::bind(("127.0.0.1", postgres.port())).unwrap();
    let refusal = postgres.server.up().await.unwrap_err().to_string();
    assert!(refusal.contains("could not create any TCP/IP sockets"), "{refusal}");
    postgres.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_stopped_does_not_come_up_again() {
    let folder = Folder::new();
    let postgres = started_postgres(&folder).await;
    postgres.server.stop().await;
    let refusal = postgres.server.up().await.unwrap_err().to_string();
    assert_eq!(refusal, "postgres has been stopped");
}
