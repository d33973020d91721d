//! `chat-local listen <person>`: a WebSocket client for the terminal. It logs in at a running stack
//! as one of the demo's people, prints every frame, and sends every line it reads.

use std::path::PathBuf;
use std::process::ExitCode;

use axum::body::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http::HeaderValue};

use crate::failure::Failure;

/// Listens as `person`, for instance `customer-1` or `dentist-2`, until the connection ends.
///
/// # Errors
/// When no stack runs, the person is not one of the demo's, or the connection is refused.
pub async fn run(person: &str) -> Result<ExitCode, Failure> {
    let endpoints = endpoints()?;
    let url = |name: &str| endpoints.get(name).and_then(Value::as_str).unwrap_or_default();
    let token = token(url("identity"), person).await?;
    let mut request =
        url("ws_api").into_client_request().map_err(Failure::of("no WebSocket URL"))?;
    let authority = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let authorization = HeaderValue::from_str(&format!("Bearer {token}"));
    let authorization = authorization.map_err(Failure::of("the token is no header"))?;
    request.headers_mut().insert("authorization", authorization);
    let stream = TcpStream::connect(&authority).await.map_err(Failure::of("cannot connect"))?;
    let (socket, _) =
        client_async(request, stream).await.map_err(Failure::of("the connection was refused"))?;
    eprintln!("listening as {person}; each line is sent as it is, Ctrl-C ends");
    let (mut outgoing, mut incoming) = socket.split();
    let mut lines = BufReader::new(stdin()).lines();
    let mut is_open = true;
    loop {
        tokio::select! {
            line = lines.next_line(), if is_open => match line {
                Ok(Some(line)) if line.trim().is_empty() => {}
                Ok(Some(line)) => {
                    let sent = outgoing.send(Message::text(line)).await;
                    sent.map_err(Failure::of("the connection ended"))?;
                }
                _ => is_open = false,
            },
            frame = incoming.next() => match frame {
                Some(Ok(Message::Text(text))) => println!("{text}"),
                Some(Ok(Message::Close(_))) | None => return Ok(ExitCode::SUCCESS),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::of("the connection ended")(error)),
            },
        }
    }
}

/// Where the stack that runs in `LOCAL_DIR` listens.
fn endpoints() -> Result<Value, Failure> {
    let folder = std::env::var("LOCAL_DIR").unwrap_or_else(|_| ".local".to_owned());
    let text = std::fs::read_to_string(PathBuf::from(folder).join("endpoints.json"))
        .map_err(|_| Failure::new("no stack is running here: start one with `make dev`"))?;
    serde_json::from_str(&text).map_err(Failure::of("endpoints.json"))
}

/// A token of one of the demo's people, from the identity provider.
async fn token(identity: &str, person: &str) -> Result<String, Failure> {
    let (role, number) = person.split_once('-').unwrap_or_default();
    let groups: &[&str] = match role {
        "customer" => &[],
        "dentist" => &["dentists"],
        _ => return Err(Failure::new("listen as whom? for instance customer-1 or dentist-2")),
    };
    let claims = json!({
        "sub": person,
        "email": format!("{role}{number}@example.test"),
        "email_verified": true,
        "groups": groups,
    });
    let request = Request::post(format!("{identity}/token"))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(claims.to_string())))
        .map_err(Failure::of("no identity URL"))?;
    let client = Client::builder(TokioExecutor::new()).build_http();
    let answer = client.request(request).await.map_err(Failure::of("the identity provider"))?;
    let body = answer.into_body().collect().await.map_err(Failure::of("the identity provider"))?;
    let body: Value =
        serde_json::from_slice(&body.to_bytes()).map_err(Failure::of("the identity provider"))?;
    let token = body.get("token").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| Failure::new("the identity provider gave no token"))
}
