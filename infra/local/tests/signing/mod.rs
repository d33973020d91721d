//! Requests signed by the signer that the SDK has, which knows nothing of how this stack verifies.

#![allow(dead_code, reason = "each program uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use chat_local::iam::Credentials;

/// How requests are signed: for what, and when.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub credentials: &'a Credentials,
    pub service: &'a str,
    pub region: &'a str,
    pub at: SystemTime,
}

impl<'a> Signer<'a> {
    /// For this service, here and now.
    pub fn new(credentials: &'a Credentials, service: &'a str) -> Self {
        Self { credentials, service, region: "eu-central-1", at: SystemTime::now() }
    }

    /// The same, so long ago.
    pub fn before(mut self, age: Duration) -> Self {
        self.at -= age;
        self
    }

    /// The header lines with which a request to this host is signed. `line` is for instance `GET /a`.
    pub fn headers(
        &self,
        host: &str,
        line: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<String> {
        let signed = self.sign(host, line, headers, body, SigningSettings::default());
        let signed = signed.headers().map(|(name, value)| format!("{name}: {value}"));
        signed.chain(headers.iter().map(|(name, value)| format!("{name}: {value}"))).collect()
    }

    /// The path with its signature in the query, good for so long.
    pub fn query(&self, host: &str, line: &str, good_for: Duration) -> String {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(good_for);
        let signed = self.sign(host, line, &[], b"", settings);
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in signed.params() {
            query.append_pair(name, value);
        }
        format!("{}?{}", line.split_once(' ').unwrap().1, query.finish().replace('+', "%20"))
    }

    fn sign(
        &self,
        host: &str,
        line: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        settings: SigningSettings,
    ) -> SigningInstructions {
        let Credentials { access_key_id, secret_access_key, session_token } =
            self.credentials.clone();
        let token = Some(session_token).filter(|token| !token.is_empty());
        let identity = aws_sdk_s3::config::Credentials::new(
            access_key_id,
            secret_access_key,
            token,
            None,
            "test",
        );
        let identity = identity.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.at)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let (method, path) = line.split_once(' ').unwrap();
        let (uri, body) = (format!("http://{host}{path}"), SignableBody::Bytes(body));
        let request = SignableRequest::new(method, uri, headers.iter().copied(), body).unwrap();
        sign(request, &parameters).unwrap().into_parts().0
    }
}
