//! The function that the local stack's own tests run: it does what its event says.
//!
//! It has an internal extension, as what observes a function may be, which works after the answer.

#[path = "../tests/signing/mod.rs"]
mod signing;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chat_local::iam::Credentials;
use lambda_extension::{Extension, LambdaEvent as ExtensionEvent, NextEvent};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::signing::Signer;

#[derive(Default)]
struct Counts {
    invocations: AtomicU64,
    /// Milliseconds from the spawning of a task to its end.
    spawned: AtomicU64,
    after_answer: AtomicU64,
}

/// What the extension shall do after an answer: how long it works.
type Work = Duration;

/// Tells the extension that the answer is on its way, whatever way the handler ends.
struct Done {
    extension: UnboundedSender<Work>,
    work: Work,
}

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.extension.send(self.work);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::var("FIXTURE_INIT").as_deref() == Ok("exit") {
        eprintln!("the configuration is bad");
        std::process::exit(1);
    }
    let counts = Arc::new(Counts::default());
    let (sender, receiver) = unbounded_channel();
    let receiver = Arc::new(Mutex::new(receiver));
    let extension_counts = counts.clone();
    let extension = Extension::new()
        .with_extension_name("internal")
        .with_events(&["INVOKE"])
        .with_events_processor(service_fn(move |event| {
            work(event, receiver.clone(), extension_counts.clone())
        }))
        .register()
        .await?;
    let runtime =
        lambda_runtime::run(service_fn(move |event| handle(event, counts.clone(), sender.clone())));
    tokio::try_join!(runtime, extension.run())?;
    Ok(())
}

/// Works after the answer.
async fn work(
    event: ExtensionEvent,
    receiver: Arc<Mutex<UnboundedReceiver<Work>>>,
    counts: Arc<Counts>,
) -> Result<(), Error> {
    if matches!(event.next, NextEvent::Invoke(_))
        && let Some(work) = receiver.lock().await.recv().await
        && !work.is_zero()
    {
        tokio::time::sleep(work).await;
        counts.after_answer.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn handle(
    event: LambdaEvent<Value>,
    counts: Arc<Counts>,
    extension: UnboundedSender<Work>,
) -> Result<Value, Error> {
    let event = event.payload;
    counts.invocations.fetch_add(1, Ordering::Relaxed);
    let work = Duration::from_millis(event["work_after_answer_ms"].as_u64().unwrap_or_default());
    let _done = Done { extension, work };
    match std::env::var("FIXTURE_ROLE").as_deref() {
        Ok("authorize") => authorize(&event),
        Ok("websocket") => websocket(&event).await,
        Ok("http") => http(&event, &counts).await,
        Ok("sleeper") => command(&json!({"command": "sleep", "ms": 60_000}), &counts).await,
        _ => command(&event, &counts).await,
    }
}

/// An HTTP operation: its body is a command, whose result is the answer's body.
async fn http(event: &Value, counts: &Arc<Counts>) -> Result<Value, Error> {
    let body = event["body"].as_str().unwrap_or_default();
    let Ok(wanted) = serde_json::from_str::<Value>(body) else {
        return Ok(
            json!({"statusCode": 200, "headers": {"content-type": "application/json"}, "body": event.to_string()}),
        );
    };
    if !wanted["answer"].is_null() {
        return Ok(wanted["answer"].clone());
    }
    let result = command(&wanted, counts).await?;
    Ok(json!({"statusCode": 200, "body": result.to_string()}))
}

async fn command(event: &Value, counts: &Arc<Counts>) -> Result<Value, Error> {
    match event["command"].as_str().unwrap_or_default() {
        "crash" => std::process::exit(3),
        "fail" => {
            return Err(Error::from(event["message"].as_str().unwrap_or_default().to_owned()));
        }
        "sleep" => {
            let pause = Duration::from_millis(event["ms"].as_u64().unwrap_or_default());
            tokio::time::sleep(pause).await;
        }
        "burn" => {
            let time = Duration::from_millis(event["ms"].as_u64().unwrap_or_default());
            let start = Instant::now();
            while start.elapsed() < time {
                std::hint::spin_loop();
            }
        }
        "spawn" => {
            let counts = counts.clone();
            let start = Instant::now();
            let pause = Duration::from_millis(event["ms"].as_u64().unwrap_or_default());
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
                counts.spawned.store(took, Ordering::Relaxed);
            });
        }
        "environment" => {
            return Ok(std::env::vars().map(|(name, value)| (name, Value::from(value))).collect());
        }
        _ => {}
    }
    Ok(json!({
        "pid": std::process::id(),
        "invocations": counts.invocations.load(Ordering::Relaxed),
        "spawned_task_took_ms": counts.spawned.load(Ordering::Relaxed),
        "after_answer": counts.after_answer.load(Ordering::Relaxed),
    }))
}

/// The WebSocket API's authorizer: the header `X-Token` says what it answers.
fn authorize(event: &Value) -> Result<Value, Error> {
    let effect = match header(event, "x-token") {
        Some("deny") => "Deny",
        Some("unauthorized") => return Err(Error::from("Unauthorized")),
        Some("broken") => return Err(Error::from("something else")),
        _ => "Allow",
    };
    let statement =
        json!({"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    Ok(
        json!({"principalId": "someone", "policyDocument": policy, "context": {"number": 7, "seen": event["type"]}}),
    )
}

/// All routes of the WebSocket API. What it is told, it tells the test.
async fn websocket(event: &Value) -> Result<Value, Error> {
    let id = event["requestContext"]["connectionId"].as_str().unwrap_or_default();
    let kind = event["requestContext"]["eventType"].as_str().unwrap_or_default();
    match kind {
        "CONNECT" => {
            let posted = post(id, "too early").await?;
            report(&json!({"event": event, "posted": posted})).await?;
            let status: u64 = header(event, "x-status").unwrap_or("200").parse()?;
            let protocol = header(event, "sec-websocket-protocol")
                .and_then(|offered| offered.split(',').next());
            let headers =
                protocol.map(|name| json!({"Sec-WebSocket-Protocol": name})).unwrap_or(json!({}));
            return Ok(json!({"statusCode": status, "headers": headers, "body": "no"}));
        }
        "MESSAGE" => {
            let body = event["body"].as_str().unwrap_or_default();
            report(&json!({"event": event})).await?;
            let wanted: Value = serde_json::from_str(body).unwrap_or_default();
            if wanted["fail"] == true {
                return Err(Error::from("as told"));
            }
            let pause = Duration::from_millis(wanted["sleep_ms"].as_u64().unwrap_or_default());
            tokio::time::sleep(pause).await;
            let route = event["requestContext"]["routeKey"].as_str().unwrap_or_default();
            post(id, &format!("{route} heard {body}")).await?;
        }
        _ => report(&json!({"event": event})).await?,
    }
    Ok(json!({"statusCode": 200}))
}

fn header<'a>(event: &'a Value, name: &str) -> Option<&'a str> {
    let headers = event["headers"].as_object()?;
    headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| value.as_str())
}

/// Posts to a connection by the management API; gives the status.
async fn post(id: &str, text: &str) -> Result<u64, Error> {
    let address = std::env::var("FIXTURE_MANAGEMENT")?;
    let id = id.replace('=', "%3D");
    let mut stream = TcpStream::connect(&address).await?;
    let line = format!("POST /default/@connections/{id}");
    let credentials = Credentials {
        access_key_id: std::env::var("AWS_ACCESS_KEY_ID")?,
        secret_access_key: std::env::var("AWS_SECRET_ACCESS_KEY")?,
        session_token: std::env::var("AWS_SESSION_TOKEN")?,
    };
    let signer = Signer::new(&credentials, "execute-api");
    let lines = signer.headers(&address, &line, &[], text.as_bytes()).join("\r\n");
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}\r\n\
         Content-Length: {}\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split(' ').nth(1).unwrap_or_default().parse()?)
}

/// Sends one line to the test.
async fn report(what: &Value) -> Result<(), Error> {
    let mut stream = TcpStream::connect(std::env::var("FIXTURE_REPORT")?).await?;
    stream.write_all(what.to_string().as_bytes()).await?;
    Ok(())
}
