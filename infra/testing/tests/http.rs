//! HTTP over connections that the network may have forgotten.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use axum::{Router, routing::get};
use chat::http::Http;
use chat_testing::Proxy;
use reqwest::Request;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::net::TcpListener;
use url::Url;

/// What a request may take.
const LIMIT: Duration = Duration::from_secs(2);

/// A server that answers after a while, and how often it was asked.
async fn server(takes: Duration) -> (Url, Arc<AtomicUsize>) {
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    let router = Router::new().route(
        "/",
        get(move || {
            count.fetch_add(1, Ordering::SeqCst);
            async move { tokio::time::sleep(takes).await }
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

async fn ask(http: &Http, url: &str) -> bool {
    let mut request = Request::new(reqwest::Method::GET, url.parse().unwrap());
    *request.timeout_mut() = Some(LIMIT);
    http.execute(request).await.is_ok()
}

#[tokio::test]
async fn a_connection_that_the_network_forgot_costs_half_of_the_time_and_not_the_answer() {
    let (url, asked) = server(Duration::ZERO).await;
    let (network, http) = (Proxy::to(&url).await, Http::default());
    assert!(ask(&http, &network.url()).await);
    network.forget();
    let began = Instant::now();
    assert!(ask(&http, &network.url()).await);
    assert!(began.elapsed() >= LIMIT / 2 && began.elapsed() < LIMIT, "{:?}", began.elapsed());
    // What was said over the old one never came.
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // The new one is kept.
    let began = Instant::now();
    assert!(ask(&http, &network.url()).await);
    assert!(began.elapsed() < LIMIT / 2, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_that_is_only_slow_is_waited_for() {
    let (url, _) = server(LIMIT * 3 / 4).await;
    let http = Http::default();
    for _ in 0..3 {
        assert!(ask(&http, url.as_str()).await);
    }
}

#[tokio::test]
async fn a_server_that_has_never_answered_is_asked_once() {
    let (url, asked) = server(LIMIT * 2).await;
    let http = Http::default();
    for count in 1..=2 {
        assert!(!ask(&http, url.as_str()).await);
        assert_eq!(asked.load(Ordering::SeqCst), count);
    }
}

#[tokio::test]
async fn a_redirect_is_answered_with_and_not_followed() {
    let (elsewhere, asked) = server(Duration::ZERO).await;
    let target = elsewhere.to_string();
    let router = Router::new().route("/", get(async move || axum::response::Redirect::to(&target)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let answer = Http::default().execute(Request::new(reqwest::Method::GET, url)).await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}
