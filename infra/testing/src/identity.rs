//! The local stack's identity provider.

use reqwest::Client;
use serde_json::Value;

/// Where tokens come from.
pub struct Identity {
    url: String,
    client: Client,
}

impl Identity {
    pub(crate) fn new(url: &str) -> Self {
        let tls = chat::tls::Trust::default().of_http();
        let client = Client::builder().tls_backend_preconfigured(tls).build();
        Self { url: url.to_owned(), client: client.expect("a client") }
    }

    /// A token as asked for, signed by the pool.
    pub async fn token(&self, request: &Value) -> String {
        let url = format!("{}/token", self.url);
        let answer = self.client.post(url).json(request).send().await;
        let answer = answer.expect("the identity provider is running");
        let answer: Value = answer.json().await.expect("it answers with JSON");
        answer["token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// The pool's public keys.
    pub async fn key_set(&self) -> Value {
        let url = format!("{}/.well-known/jwks.json", self.url);
        let answer = self.client.get(url).send().await;
        answer
            .expect("the identity provider is running")
            .json()
            .await
            .expect("it answers with JSON")
    }
}
