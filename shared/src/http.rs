//! The one HTTP client of a process: connections are shared by whatever speaks HTTP, the AWS SDK too. One
//! that the network forgot without a word costs half of a request's time and not its answer.

use crate::{error::Cause, log, tls::Trust};
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use futures_util::future::{Either, select};
use reqwest::{Client, Request, Response};
use std::{
    collections::HashSet,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A client over rustls and ring, made when it is first needed.
#[derive(Clone, Debug, Default)]
pub struct Http(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    trust: Trust,
    pool: Mutex<Option<Arc<Pool>>>,
}

/// Connections, and who has answered over one: such a connection may be old.
#[derive(Debug)]
struct Pool {
    client: Client,
    answered: Mutex<HashSet<String>>,
}

impl Http {
    /// A client that speaks to servers that these roots know.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self(Arc::new(Parts { trust, pool: Mutex::default() }))
    }

    /// Whom it trusts.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.0.trust
    }

    /// The client, to build requests with; [`Http::execute`] sends them.
    ///
    /// # Errors
    /// When the operating system gives it nothing to work with.
    pub fn client(&self) -> Result<Client, Cause> {
        let pool = self.pool().map_err(|_| Cause::new("no HTTP client can be made"))?;
        Ok(pool.client.clone())
    }

    /// Sends a request that may be sent twice: when a server that has answered before takes half of the
    /// request's time, the network may have forgotten the connection, and the rest of the time is for
    /// another connection too. A server that does not answer at all is not asked twice.
    ///
    /// # Errors
    /// When there is no answer within the request's time limit.
    pub async fn execute(&self, request: Request) -> Result<Response, reqwest::Error> {
        let pool = self.pool()?;
        let server = request.url().authority().to_owned();
        let limit = request.timeout().copied();
        let again = limit.zip(request.try_clone()).filter(|_| pool.has_answered(&server));
        let mut first = pin!(pool.ask(request, &server));
        let Some((limit, mut again)) = again else { return first.await };
        if let Ok(answer) = timeout(limit / 2, &mut first).await {
            return answer;
        }
        log::warn!("an old connection does not answer");
        let fresh = self.renew(&pool)?;
        *again.timeout_mut() = Some(limit / 2);
        let second = pin!(fresh.ask(again, &server));
        match select(first, second).await {
            Either::Left((Ok(answer), _)) | Either::Right((Ok(answer), _)) => Ok(answer),
            Either::Left((Err(_), second)) => second.await,
            Either::Right((Err(_), first)) => first.await,
        }
    }

    fn pool(&self) -> Result<Arc<Pool>, reqwest::Error> {
        let mut current = self.0.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = current.as_ref() {
            return Ok(Arc::clone(pool));
        }
        let pool = Arc::new(Pool::new(&self.0.trust)?);
        *current = Some(Arc::clone(&pool));
        Ok(pool)
    }

    /// A pool without the connections of this one, for whoever comes next too.
    fn renew(&self, old: &Arc<Pool>) -> Result<Arc<Pool>, reqwest::Error> {
        let mut current = self.0.pool.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|pool| Arc::ptr_eq(pool, old));
        drop(current);
        self.pool()
    }
}

impl Pool {
    fn new(trust: &Trust) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .tls_backend_preconfigured(trust.of_http())
            .connect_timeout(CONNECT_TIMEOUT)
            // What a redirect leads to was neither signed nor asked for.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, answered: Mutex::default() })
    }

    async fn ask(&self, request: Request, server: &str) -> Result<Response, reqwest::Error> {
        let answer = self.client.execute(request).await?;
        if !self.has_answered(server) {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            answered.insert(server.to_owned());
        }
        Ok(answer)
    }

    fn has_answered(&self, server: &str) -> bool {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).contains(server)
    }
}

/// The SDK's requests, within the time that its settings give each.
#[derive(Debug)]
struct Connector {
    http: Http,
    limit: Option<Duration>,
}

impl HttpClient for Http {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { http: self.clone(), limit: settings.read_timeout() })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (http, limit) = (self.http.clone(), self.limit);
        HttpConnectorFuture::new(async move {
            let mut request = convert(request)?;
            *request.timeout_mut() = limit;
            collect(http.execute(request).await.map_err(io)?).await
        })
    }
}

/// Only bodies that are in memory are sent.
fn convert(request: HttpRequest) -> Result<Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(user)?;
    let (parts, body) = request.into_parts();
    let body = body.bytes().ok_or_else(|| user("a body that is streamed"))?.to_vec();
    Request::try_from(::http::Request::from_parts(parts, body)).map_err(user)
}

async fn collect(answer: Response) -> Result<HttpResponse, ConnectorError> {
    let mut collected = HttpResponse::new(answer.status().into(), SdkBody::empty());
    for (name, value) in answer.headers() {
        let value = value.to_str().map_err(user)?;
        collected
            .headers_mut()
            .try_append(name.as_str().to_owned(), value.to_owned())
            .map_err(user)?;
    }
    *collected.body_mut() = SdkBody::from(answer.bytes().await.map_err(io)?);
    Ok(collected)
}

fn io(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

fn user(problem: impl Into<aws_smithy_runtime_api::box_error::BoxError>) -> ConnectorError {
    ConnectorError::user(problem.into())
}
