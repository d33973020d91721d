//! The JWT authorizer: RS256 tokens of one issuer, for some audiences.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::keys::Keys;

/// Whose tokens the gateway accepts.
#[derive(Clone, Debug)]
pub struct JwtSettings {
    /// The tokens' `iss`, under which the keys are found too; an `http` address.
    pub issuer: String,
    /// One of these must be the token's `aud`, or its `client_id` when it has no `aud`.
    pub audiences: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Authorizer {
    settings: JwtSettings,
    keys: Keys,
}

/// Why a request does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Denied {
    /// There is no token.
    NoToken,
    /// The token is not acceptable; says why.
    BadToken(&'static str),
    /// The keys cannot be fetched; says why.
    NoKeys(String),
}

/// The claims of an accepted token.
#[derive(Clone, Debug)]
pub(super) struct Claims(Map<String, Value>);

impl Authorizer {
    pub(super) fn new(settings: JwtSettings) -> Self {
        let keys = Keys::of_issuer(&settings.issuer);
        Self { settings, keys }
    }

    /// Checks the token of a request.
    pub(super) async fn check(&self, headers: &HeaderMap) -> Result<Claims, Denied> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next().ok_or(Denied::NoToken)?;
        if values.next().is_some() {
            return Err(Denied::BadToken("more than one Authorization header"));
        }
        let value = value.to_str().map_err(|_| Denied::BadToken("invalid token"))?.trim();
        let token = match value.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            Some(_) => return Err(Denied::BadToken("invalid token")),
            None => value,
        };
        self.verify(token, OffsetDateTime::now_utc()).await
    }

    async fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Claims, Denied> {
        let malformed = || Denied::BadToken("invalid token");
        let mut parts = token.split('.');
        let (Some(head), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
        let kid = key_id(&json_object(head).ok_or_else(malformed)?)?;
        let claims = json_object(payload).ok_or_else(malformed)?;
        let key = self.keys.get(&kid).await.map_err(Denied::NoKeys)?;
        let key = key.ok_or(Denied::BadToken("unknown key"))?;
        let signed = &token.as_bytes()[..head.len() + 1 + payload.len()];
        if !key.signed(signed, &signature) {
            return Err(Denied::BadToken("invalid signature"));
        }
        self.check_claims(&claims, now)?;
        Ok(Claims(claims))
    }

    fn check_claims(&self, claims: &Map<String, Value>, now: OffsetDateTime) -> Result<(), Denied> {
        if claims.get("iss").and_then(Value::as_str) != Some(&self.settings.issuer) {
            return Err(Denied::BadToken("invalid issuer"));
        }
        let ours = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| self.settings.audiences.iter().any(|ours| ours == text))
        };
        let accepted = match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(ours),
            Some(audience) => ours(audience),
            None => claims.get("client_id").is_some_and(ours),
        };
        if !accepted {
            return Err(Denied::BadToken("invalid audience"));
        }
        let seconds = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => {
                value.as_f64().map(Some).ok_or(Denied::BadToken("a time is not a number"))
            }
        };
        #[allow(clippy::cast_precision_loss, reason = "exact for the next 100 million years")]
        let now = now.unix_timestamp() as f64;
        if seconds("exp")?.ok_or(Denied::BadToken("the token never expires"))? <= now {
            return Err(Denied::BadToken("the token has expired"));
        }
        if seconds("nbf")?.is_some_and(|nbf| nbf > now)
            || seconds("iat")?.is_some_and(|iat| iat > now)
        {
            return Err(Denied::BadToken("the token is not valid yet"));
        }
        Ok(())
    }
}

fn json_object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The key that the token's header names, unless the header asks for anything else that it must not.
fn key_id(head: &Map<String, Value>) -> Result<String, Denied> {
    if head.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Denied::BadToken("the algorithm is not RS256"));
    }
    if ["crit", "jku", "jwk", "x5u"].iter().any(|name| head.contains_key(*name)) {
        return Err(Denied::BadToken("the header asks for something unknown"));
    }
    head.get("kid")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or(Denied::BadToken("there is no key id"))
}

impl Claims {
    /// The claims as the gateway hands them on: every value a text, without those that are null.
    pub(super) fn rendered(&self) -> BTreeMap<&str, String> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), text(value)?))).collect()
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => {
            Some(format!("[{}]", items.iter().filter_map(text).collect::<Vec<_>>().join(" ")))
        }
        // Without an exponent, however large.
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map(|number| number.to_string())
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_claim_is_handed_on_as_a_text() {
        let claims = json!({
            "sub": "a", "exp": 1_787_996_002, "large": 1.787e9, "email_verified": true, "gone": null,
            "cognito:groups": ["dentists", "staff"],
        });
        let claims = Claims(claims.as_object().cloned().unwrap_or_default());
        let expected = [
            ("cognito:groups", "[dentists staff]"),
            ("email_verified", "true"),
            ("exp", "1787996002"),
            ("large", "1787000000"),
            ("sub", "a"),
        ];
        let expected: BTreeMap<_, _> =
            expected.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        assert_eq!(claims.rendered(), expected);
    }
}
