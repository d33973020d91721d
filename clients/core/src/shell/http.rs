//! Requests.

use crate::{
    core::{Method, Outcome, Put, Request},
    error::{Advice, ChatError},
};
use reqwest::{Client, RequestBuilder, header, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{sync::Arc, time::Duration};

/// An answer larger than any of the service's is somebody else's.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// rustls with ring and Mozilla's roots, on every platform.
///
/// # Errors
/// `report` when ring stopped supporting TLS 1.2 and 1.3.
pub(super) fn tls() -> Result<Arc<ClientConfig>, ChatError> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| ChatError::new("tls_failed", "TLS is not available", Advice::Report))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// # Errors
/// `tls_failed`
pub(super) fn client(tls: &ClientConfig) -> Result<Client, ChatError> {
    Client::builder()
        .tls_backend_preconfigured(tls.clone())
        // Nobody who asks for a token elsewhere gets it.
        .redirect(Policy::none())
        // The WebSocket takes no proxy either.
        .no_proxy()
        .connect_timeout(Duration::from_secs(10))
        .build()
        .map_err(|_| ChatError::new("tls_failed", "TLS is not available", Advice::Report))
}

pub(super) async fn ask(client: &Client, base: &str, request: Request) -> Outcome {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut builder = client
        .request(method, format!("{base}{}", request.path))
        .bearer_auth(&request.token)
        .timeout(Duration::from_millis(request.within));
    if let Some(connection) = &request.connection {
        builder = builder.header("chat-connection", connection);
    }
    if let Some(body) = request.body {
        builder = builder.header(header::CONTENT_TYPE, "application/json").body(body);
    }
    outcome(builder).await
}

pub(super) async fn put(client: &Client, put: Put, bytes: Vec<u8>) -> Outcome {
    let mut builder = client.put(put.url).timeout(Duration::from_millis(put.within)).body(bytes);
    for (name, value) in put.headers {
        // These follow from the URL and the body.
        if !matches!(name.to_ascii_lowercase().as_str(), "host" | "content-length") {
            builder = builder.header(name, value);
        }
    }
    outcome(builder).await
}

async fn outcome(builder: RequestBuilder) -> Outcome {
    let Ok(mut answer) = builder.send().await else { return Outcome::NoAnswer };
    let status = answer.status().as_u16();
    let retry_after = answer.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = vec![];
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend(chunk),
            Ok(None) => return Outcome::Answer { status, retry_after, body },
            Ok(Some(_)) | Err(_) => return Outcome::NoAnswer,
        }
    }
}
