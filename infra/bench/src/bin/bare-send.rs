//! send-message as little as it can be in Rust, for the benchmarks: AWS's runtime, the same statement and
//! the same settling of what it owes, one line of log. It believes what it is told, knows no directory,
//! checks nothing, sends no frames, and what goes wrong ends it. `STATEMENT_FILE` is the statement, its
//! parameters typed.
#![allow(
    clippy::expect_used,
    reason = "what a benchmark is measured beside may end where it stands"
)]

use lambda_runtime::{Error, LambdaEvent, service_fn};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, env, fs, path::Path, sync::Arc};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio_postgres::{Client, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

const SETTLE: &str = "DELETE FROM outbox WHERE session_id = $1 AND seq = $2";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    path_parameters: BTreeMap<String, String>,
    body: String,
    request_context: Context,
}

#[derive(Deserialize)]
struct Context {
    authorizer: Authorizer,
}

#[derive(Deserialize)]
struct Authorizer {
    jwt: Jwt,
}

#[derive(Deserialize)]
struct Jwt {
    claims: Claims,
}

#[derive(Deserialize)]
struct Claims {
    /// `dentist-7`.
    sub: String,
}

#[derive(Deserialize)]
struct Draft {
    client_message_id: Uuid,
    content: String,
}

#[derive(Serialize)]
struct Message {
    id: i64,
    session_id: i64,
    seq: i64,
    sender_type: &'static str,
    sender_id: i64,
    content: String,
    image_urls: [String; 0],
    images: [String; 0],
    client_message_id: Uuid,
    created_at: String,
    is_read: bool,
    read_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: BTreeMap<&'static str, &'static str>,
    body: String,
}

#[derive(Serialize)]
struct Audit {
    target: &'static str,
    action: &'static str,
    outcome: &'static str,
    actor: i64,
    session: i64,
    seq: i64,
}

struct Chat {
    client: Client,
    append: Statement,
    settle: Statement,
    burst: i64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let chat = Chat::connect().await;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| {
        chat.send(event.payload).await
    }))
    .await
}

impl Chat {
    async fn connect() -> Self {
        let bundle = env::var("CA_BUNDLE").expect("CA_BUNDLE is set");
        let tls = MakeRustlsConnect::new(trusting(Path::new(&bundle)));
        let url = env::var("DATABASE_URL").expect("DATABASE_URL is set");
        let (client, connection) =
            tokio_postgres::connect(&url, tls).await.expect("PostgreSQL is there");
        tokio::spawn(connection);
        let file = env::var("STATEMENT_FILE").expect("STATEMENT_FILE is set");
        let append = fs::read_to_string(file).expect("the statement can be read");
        let append = client.prepare(&append).await.expect("the statement is right");
        let settle = client.prepare(SETTLE).await.expect("the statement is right");
        let burst = env::var("SEND_BURST").ok().and_then(|burst| burst.parse().ok()).unwrap_or(30);
        Self { client, append, settle, burst }
    }

    async fn send(&self, event: Event) -> Result<Answer, Error> {
        let session_id: i64 = event.path_parameters["session_id"].parse()?;
        let subject = event.request_context.authorizer.jwt.claims.sub;
        let sender_id: i64 = subject.trim_start_matches("dentist-").parse()?;
        let Draft { client_message_id, content } = serde_json::from_str(&event.body)?;
        let none: [String; 0] = [];
        let (window, lease, read_within) = (10_f64, 2_f64, 60_f64);
        let row = self
            .client
            .query_one(
                &self.append,
                &[
                    &session_id,
                    &"dentist",
                    &sender_id,
                    &client_message_id,
                    &content,
                    &none.as_slice(),
                    &self.burst,
                    &window,
                    &lease,
                    &read_within,
                    &None::<&str>,
                    &None::<i64>,
                    &1_000_i64,
                ],
            )
            .await?;
        if row.get::<_, &str>("verdict") != "stored" {
            return Err("not stored".into());
        }
        let (id, seq): (i64, i64) = (row.get("message_id"), row.get("seq"));
        let created_at: OffsetDateTime = row.get("message_created_at");
        let (action, outcome) = ("send-message", "done");
        let audit =
            Audit { target: "audit", action, outcome, actor: sender_id, session: session_id, seq };
        println!("{}", serde_json::to_string(&audit)?);
        let message = Message {
            id,
            session_id,
            seq,
            sender_type: "dentist",
            sender_id,
            content,
            image_urls: [],
            images: [],
            client_message_id,
            created_at: created_at.format(&Rfc3339)?,
            is_read: false,
            read_at: None,
        };
        self.client.execute(&self.settle, &[&session_id, &seq]).await?;
        let headers = [("content-type", "application/json"), ("cache-control", "no-store")];
        let body = serde_json::to_string(&message)?;
        Ok(Answer { status_code: 201, headers: headers.into(), body })
    }
}

/// TLS with ring, as the functions have it.
fn trusting(bundle: &Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(bundle).expect("CA_BUNDLE can be read") {
        roots.add(certificate.expect("CA_BUNDLE is PEM")).expect("CA_BUNDLE has certificates");
    }
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
