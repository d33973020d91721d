//! What s3s leaves to its user when it verifies signatures: the session token, the scope, and that all
//! of S3's own headers are signed.

use axum::http::HeaderMap;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::action::Asked;
use crate::aws_names::REGION;
use crate::iam::Credentials;
use crate::signature::is_token;

/// Checks what is said beside a signature that is good.
pub(super) fn check(asked: &Asked<'_>, credentials: &Credentials) -> S3Result<()> {
    let signed = match asked.parameter("X-Amz-Credential") {
        Some(credential) => Signed {
            credential,
            headers: asked.parameter("X-Amz-SignedHeaders").unwrap_or_default(),
            token: asked.parameter("X-Amz-Security-Token"),
            is_query: true,
        },
        None => Signed::in_headers(asked.headers)?,
    };
    signed.check_scope()?;
    signed.check_headers(asked.headers)?;
    match signed.token {
        // Temporary keys are unknown without their token.
        None => Err(unknown_key()),
        Some(token) if is_token(credentials, Some(token)) => Ok(()),
        Some(_) => {
            Err(s3_error!(InvalidToken, "The provided token is malformed or otherwise invalid."))
        }
    }
}

/// An access key that nobody has.
pub(super) fn unknown_key() -> S3Error {
    s3_error!(
        InvalidAccessKeyId,
        "The AWS Access Key Id you provided does not exist in our records."
    )
}

struct Signed<'a> {
    credential: &'a str,
    /// Separated by semicolons.
    headers: &'a str,
    token: Option<&'a str>,
    is_query: bool,
}

impl<'a> Signed<'a> {
    fn in_headers(headers: &'a HeaderMap) -> S3Result<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let authorization = text("authorization").unwrap_or_default();
        let Some(parts) = authorization.strip_prefix("AWS4-HMAC-SHA256") else {
            return Err(s3_error!(
                InvalidRequest,
                "The authorization mechanism you have provided is not supported. Please use \
                 AWS4-HMAC-SHA256."
            ));
        };
        let part = |name: &str| {
            let found = parts.split(',').find_map(|part| part.trim().strip_prefix(name));
            found.unwrap_or_default()
        };
        Ok(Self {
            credential: part("Credential="),
            headers: part("SignedHeaders="),
            token: text("x-amz-security-token"),
            is_query: false,
        })
    }

    fn check_scope(&self) -> S3Result<()> {
        let mut parts = self.credential.split('/').skip(2);
        let (region, service) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (code, what) = if self.is_query {
            (
                S3ErrorCode::AuthorizationQueryParametersError,
                "Error parsing the X-Amz-Credential parameter",
            )
        } else {
            (S3ErrorCode::AuthorizationHeaderMalformed, "The authorization header is malformed")
        };
        if service != "s3" {
            let message = format!(
                "{what}; incorrect service \"{service}\". This endpoint belongs to \"s3\"."
            );
            return Err(S3Error::with_message(code, message));
        }
        if region != REGION {
            let message = format!("{what}; the region '{region}' is wrong; expecting '{REGION}'");
            return Err(S3Error::with_message(code, message));
        }
        Ok(())
    }

    fn check_headers(&self, headers: &HeaderMap) -> S3Result<()> {
        let ours = headers.keys().map(axum::http::HeaderName::as_str);
        let mut ours = ours.filter(|name| name.starts_with("x-amz-"));
        if ours.all(|name| self.headers.split(';').any(|signed| signed.eq_ignore_ascii_case(name)))
        {
            return Ok(());
        }
        Err(s3_error!(
            AccessDenied,
            "There were headers present in the request which were not signed"
        ))
    }
}
