//! What a request says about its signature, in its headers or in its query.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::received::Received;
use super::refusal::Refusal;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A signature and what it claims to be.
pub(super) struct Claim<'a> {
    pub(super) access_key_id: Cow<'a, str>,
    /// Date, region, service, and the end that is the same for all.
    pub(super) scope: Scope<'a>,
    pub(super) signed_headers: Vec<Cow<'a, str>>,
    pub(super) signature: Cow<'a, str>,
    /// When it was made, for instance `20261128T002332Z`.
    pub(super) at: Cow<'a, str>,
    /// For how many seconds it is good; said in a query only.
    pub(super) expires: Option<Cow<'a, str>>,
    pub(super) session_token: Option<Cow<'a, str>>,
}

/// The middle of `Credential`.
pub(super) struct Scope<'a> {
    pub(super) date: Cow<'a, str>,
    pub(super) region: Cow<'a, str>,
    pub(super) service: Cow<'a, str>,
    pub(super) end: Cow<'a, str>,
}

impl<'a> Claim<'a> {
    pub(super) fn read(received: &Received<'a>) -> Result<Self, Refusal> {
        let query = received.uri.query().unwrap_or_default();
        let query: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
        match (query.contains_key("X-Amz-Algorithm"), received.header("authorization")) {
            (true, _) => Self::from_query(query),
            (false, Some(authorization)) => Self::from_headers(received, authorization),
            (false, None) => Err(Refusal::Missing),
        }
    }

    fn from_headers(received: &Received<'a>, authorization: &'a str) -> Result<Self, Refusal> {
        let Some(parts) = authorization.strip_prefix(ALGORITHM) else {
            return Err(Refusal::Missing);
        };
        let parts: BTreeMap<&str, &str> =
            parts.split(',').filter_map(|part| part.trim().split_once('=')).collect();
        let part = |name: &str| {
            let what = || {
                format!(
                    "Authorization header requires '{name}' parameter. Authorization={ALGORITHM}"
                )
            };
            parts.get(name).map(|part| Cow::from(*part)).ok_or_else(|| Refusal::Incomplete(what()))
        };
        let at = received.header("x-amz-date").map(Cow::from).ok_or_else(|| {
            let what = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
            Refusal::Incomplete(what.to_owned())
        })?;
        let session_token = received.header("x-amz-security-token").map(Cow::from);
        let (credential, signed) = (part("Credential")?, part("SignedHeaders")?);
        Self::new(&credential, &signed, part("Signature")?, at, None, session_token)
    }

    fn from_query(mut query: BTreeMap<Cow<'a, str>, Cow<'a, str>>) -> Result<Self, Refusal> {
        let mut part = |name: &str| query.remove(name);
        let missing = |name| {
            Refusal::Incomplete(format!("AWS query-string parameters must include '{name}'."))
        };
        let algorithm = part("X-Amz-Algorithm").unwrap_or_default();
        if algorithm != ALGORITHM {
            return Err(Refusal::Incomplete(format!(
                "Unsupported AWS 'algorithm': '{algorithm}'."
            )));
        }
        let mut required = |name| part(name).ok_or_else(|| missing(name));
        let credential = required("X-Amz-Credential")?;
        let signed = required("X-Amz-SignedHeaders")?;
        let signature = required("X-Amz-Signature")?;
        let at = required("X-Amz-Date")?;
        let expires = required("X-Amz-Expires")?;
        let session_token = part("X-Amz-Security-Token");
        Self::new(&credential, &signed, signature, at, Some(expires), session_token)
    }

    fn new(
        credential: &str,
        signed: &str,
        signature: Cow<'a, str>,
        at: Cow<'a, str>,
        expires: Option<Cow<'a, str>>,
        session_token: Option<Cow<'a, str>>,
    ) -> Result<Self, Refusal> {
        let parts: Vec<_> = credential.split('/').map(|part| Cow::from(part.to_owned())).collect();
        let [access_key_id, date, region, service, end] = <[Cow<'a, str>; 5]>::try_from(parts)
            .map_err(|_| {
                Refusal::Incomplete(format!(
                    "Credential must have exactly 5 slash-delimited elements, e.g. \
                     keyid/date/region/service/term, got '{credential}'"
                ))
            })?;
        let signed_headers = signed.split(';').map(|name| Cow::from(name.to_owned())).collect();
        let scope = Scope { date, region, service, end };
        Ok(Self { access_key_id, scope, signed_headers, signature, at, expires, session_token })
    }
}
