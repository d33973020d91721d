//! A stand-in for API Gateway's `@connections` that keeps what it is sent.

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, task::JoinHandle};

/// The stand-in; gone when dropped.
pub struct Gateway {
    url: String,
    calls: Arc<Mutex<Calls>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Calls {
    frames: Vec<(String, Value)>,
    answers: Vec<(String, StatusCode)>,
}

impl Gateway {
    /// Starts it on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let calls = Arc::<Mutex<Calls>>::default();
        let router = Router::new()
            .route("/default/@connections/{connection}", post(take))
            .with_state(Arc::clone(&calls));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("the listener stays");
        });
        Self { url: format!("http://{address}/default"), calls, server }
    }

    /// Where frames are to be posted.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on, posts to this connection are answered so.
    pub fn answer(&self, connection: &str, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        self.calls.lock().expect("no panics").answers.push((connection.to_owned(), status));
    }

    /// What was posted to a connection, refused frames too.
    #[must_use]
    pub fn frames(&self, connection: &str) -> Vec<Value> {
        let calls = self.calls.lock().expect("no panics");
        let to_it = calls.frames.iter().filter(|(id, _)| id == connection);
        to_it.map(|(_, frame)| frame.clone()).collect()
    }

    /// How many frames were posted in all.
    #[must_use]
    pub fn frame_count(&self) -> usize {
        self.calls.lock().expect("no panics").frames.len()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn take(
    State(calls): State<Arc<Mutex<Calls>>>,
    Path(connection): Path<String>,
    body: String,
) -> StatusCode {
    let mut calls = calls.lock().expect("no panics");
    let frame = serde_json::from_str(&body).expect("frames are JSON");
    calls.frames.push((connection.clone(), frame));
    let answer = calls.answers.iter().rev().find(|(id, _)| *id == connection);
    answer.map_or(StatusCode::OK, |(_, status)| *status)
}
