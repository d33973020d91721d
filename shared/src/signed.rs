//! Signed requests (Signature Version 4) to AWS services of which one call each is needed: less than
//! an SDK crate for every one of them.

use crate::{
    aws::{credentials, region},
    error::Cause,
    http::Http,
};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use http::header::CONTENT_TYPE;
use std::time::{Duration, SystemTime};

/// A service's endpoint, and how long it may take.
pub struct Service {
    name: &'static str,
    endpoint: String,
    timeout: Duration,
    http: Http,
}

impl Service {
    /// The service of that name in the function's region, or where `AWS_ENDPOINT_URL_…` says.
    #[must_use]
    pub fn new(name: &'static str, endpoint_variable: &str, timeout: Duration, http: Http) -> Self {
        let endpoint = std::env::var(endpoint_variable)
            .unwrap_or_else(|_| format!("https://{name}.{}.amazonaws.com", region()));
        Self { name, endpoint, timeout, http }
    }

    /// Posts a body of this type.
    ///
    /// # Errors
    /// In our words: when it cannot be signed, or is not answered in time.
    pub async fn post(
        &self,
        path: &str,
        content_type: &'static str,
        header: (&'static str, &str),
        body: String,
        now: SystemTime,
    ) -> Result<reqwest::Response, Cause> {
        let unsigned = || Cause::new(format!("a request to {} could not be signed", self.name));
        let request = http::Request::post(format!("{}{path}", self.endpoint))
            .header(CONTENT_TYPE, content_type)
            .header(header.0, header.1);
        let mut request = request.body(body).map_err(|_| unsigned())?;
        self.sign(&mut request, now).ok_or_else(unsigned)?;
        let mut request = reqwest::Request::try_from(request).map_err(|_| unsigned())?;
        *request.timeout_mut() = Some(self.timeout);
        let silent = |_| Cause::new(format!("{} does not answer", self.name));
        self.http.execute(request).await.map_err(silent)
    }

    fn sign(&self, request: &mut http::Request<String>, now: SystemTime) -> Option<()> {
        let identity = credentials().into();
        let region = region();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region.as_ref())
            .name(self.name)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let headers = request
            .headers()
            .iter()
            .filter_map(|(name, value)| value.to_str().ok().map(|value| (name.as_str(), value)));
        let body = SignableBody::Bytes(request.body().as_bytes());
        let uri = request.uri().to_string();
        let signable = SignableRequest::new("POST", uri, headers, body).ok()?;
        let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
        instructions.apply_to_request_http1x(request);
        Some(())
    }
}
