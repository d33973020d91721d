//! A running stack, as its clients see it.

use crate::{Authority, Database, Endpoints, Reply};
use reqwest::{Client, Method, header};
use serde_json::{Value, json};
use std::{fs, sync::Arc, time::Instant};

/// A running stack. A clone is the same stack; its connections belong to the runtime that made it.
#[derive(Clone, Debug)]
pub struct Stack(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    endpoints: Endpoints,
    authority: Authority,
    http: Client,
    anew: Client,
}

impl Stack {
    /// The stack whose `endpoints.json` is named by `CHAT_ENDPOINTS`: others use it too.
    #[must_use]
    pub fn shared() -> Self {
        Self::at(Endpoints::shared().unwrap_or_else(|error| panic!("{error}")))
    }

    /// The stack at these endpoints.
    #[must_use]
    pub fn at(endpoints: Endpoints) -> Self {
        let authority = endpoints.authority().expect("the stack has a certificate authority");
        let client =
            || Client::builder().no_proxy().tls_backend_preconfigured(authority.client_config());
        let http = client().build().expect("a client");
        let anew = client().pool_max_idle_per_host(0).build().expect("a client");
        Self(Arc::new(Parts { endpoints, authority, http, anew }))
    }

    /// Where its parts are.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// Whom its databases and the push provider are known to.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.0.authority
    }

    /// The HTTP client that all requests to the stack go through.
    #[must_use]
    pub fn http(&self) -> &Client {
        &self.0.http
    }

    /// The same with a connection for each request: for what the network may forget the connections to.
    pub(crate) fn http_anew(&self) -> &Client {
        &self.0.anew
    }

    /// Its PostgreSQL, as the schema's owner: to look behind the service, and to make rows older.
    pub async fn database(&self) -> Database {
        Database::open(self.authority(), &self.0.endpoints.database_admin_url).await
    }

    /// Everything that the stack and its functions have logged.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.0.endpoints.log).expect("the stack keeps a log");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A token as asked for (`sub`, `email`, `groups`, `expires_in`, `claims`, …), signed by the pool.
    pub async fn token(&self, request: &Value) -> String {
        let url = format!("{}/token", self.0.endpoints.identity);
        let answer = self.post(&url, request).await;
        answer["token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// A request to the HTTP API, with or without a token.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn try_call(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, reqwest::Error> {
        let mut request =
            self.http().request(method, format!("{}{path}", self.0.endpoints.http_api));
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request =
                request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let began = Instant::now();
        Reply::read(request.send().await?, began).await
    }

    /// [`Self::try_call`], where the gateway must answer.
    pub async fn call(
        &self,
        token: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Reply {
        self.try_call(token, method, path, body).await.expect("the gateway answers")
    }

    /// Posts JSON to one of the stack's own parts, and reads JSON back: null for an empty answer.
    pub(crate) async fn post(&self, url: &str, body: &Value) -> Value {
        let answer = self.http().post(url).json(body).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("no answer from {url}: {error}"));
        let text = answer.text().await.expect("a whole answer");
        if text.is_empty() { json!(null) } else { serde_json::from_str(&text).expect("JSON") }
    }
}
