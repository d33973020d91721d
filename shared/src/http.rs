//! The one HTTP client of a process: connections are shared by whatever speaks HTTP, the AWS SDK too.

use crate::{error::Cause, tls};
use aws_sdk_s3::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use reqwest::{Client, Request, Response};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A client over rustls and ring, made when it is first needed.
#[derive(Clone, Debug, Default)]
pub struct Http(Arc<OnceLock<Client>>);

impl Http {
    /// The client. Requests bring their own time limits; connecting has one already.
    ///
    /// # Errors
    /// When the operating system gives it nothing to work with.
    pub fn client(&self) -> Result<&Client, Cause> {
        if let Some(client) = self.0.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(tls::client_config())
            .connect_timeout(CONNECT_TIMEOUT)
            // What a redirect leads to was neither signed nor asked for.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| Cause::new("no HTTP client can be made"))?;
        Ok(self.0.get_or_init(|| client))
    }
}

/// The SDK's own time limits go with each operation.
impl HttpClient for Http {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let http = self.clone();
        HttpConnectorFuture::new(async move {
            let request = convert(request)?;
            let client = http.client().map_err(|cause| user(cause.to_string()))?;
            let answer = client.execute(request).await.map_err(io)?;
            collect(answer).await
        })
    }
}

/// Only bodies that are in memory are sent.
fn convert(request: HttpRequest) -> Result<Request, ConnectorError> {
    let request = request.try_into_http1x().map_err(user)?;
    let (parts, body) = request.into_parts();
    let body = body.bytes().ok_or_else(|| user("a body that is streamed"))?.to_vec();
    Request::try_from(lambda_http::http::Request::from_parts(parts, body)).map_err(user)
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
