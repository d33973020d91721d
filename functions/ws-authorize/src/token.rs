//! Verifying a Cognito ID token (RFC 7519, with the cautions of RFC 8725).

use crate::Keys;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat::{config::Config, error::Error};
use jsonwebtoken::{Algorithm, Validation, decode};
use serde_json::{Map, Value};

/// Longer ones are not Cognito's.
const LONGEST_TOKEN: usize = 16 * 1024;

/// The claims of a token that the user pool signed for one of our apps and that is valid now.
///
/// # Errors
/// [`Error::Unauthenticated`] for any other token; [`Error::Unavailable`] when the pool's keys
/// cannot be had.
pub(crate) async fn verify(
    token: &str,
    keys: &Keys,
    config: &Config,
) -> Result<Map<String, Value>, Error> {
    if token.len() > LONGEST_TOKEN {
        return Err(Error::Unauthenticated);
    }
    let kid = key_id(token).ok_or(Error::Unauthenticated)?;
    let key = keys.get(&kid).await?.ok_or(Error::Unauthenticated)?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[&config.identity_issuer]);
    validation.set_audience(&config.identity_audiences);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    validation.leeway = 0;
    // The second that `exp` names is already too late (RFC 7519, section 4.1.4).
    validation.reject_tokens_expiring_in_less_than = 1;
    let verified = decode::<Map<String, Value>>(token, &key, &validation);
    verified.map(|token| token.claims).map_err(|_| Error::Unauthenticated)
}

/// The `kid` of a token with the header that Cognito writes. Anything that would name another key
/// (`jwk`, `jku`, `x5u`, …) or must be understood (`crit`) is refused before any key is looked up.
fn key_id(token: &str) -> Option<String> {
    let (header, _) = token.split_once('.')?;
    let header: Map<String, Value> = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
    let is_expected = |name: &String| ["alg", "kid", "typ"].contains(&name.as_str());
    if !header.keys().all(is_expected) || header.get("alg")?.as_str()? != "RS256" {
        return None;
    }
    header.get("kid")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn token(header: &Value) -> String {
        format!("{}.e30.c2ln", BASE64.encode(header.to_string()))
    }

    #[test]
    fn cognitos_header_names_its_key() {
        let header = json!({"alg": "RS256", "kid": "k"});
        assert_eq!(key_id(&token(&header)).as_deref(), Some("k"));
    }

    #[test]
    fn headers_that_cognito_does_not_write_are_refused() {
        for header in [
            json!({"alg": "none", "kid": "k"}),
            json!({"alg": "None", "kid": "k"}),
            json!({"alg": "HS256", "kid": "k"}),
            json!({"alg": "RS256"}),
            json!({"alg": "RS256", "kid": 1}),
            json!({"alg": "RS256", "kid": "k", "jku": "https://example.test/keys"}),
            json!({"alg": "RS256", "kid": "k", "x5u": "https://example.test/keys"}),
            json!({"alg": "RS256", "kid": "k", "jwk": {"kty": "RSA"}}),
            json!({"alg": "RS256", "kid": "k", "crit": ["exp"]}),
            json!([]),
        ] {
            assert_eq!(key_id(&token(&header)), None, "{header}");
        }
    }

    #[test]
    fn what_is_not_a_token_has_no_key() {
        for text in ["", ".", "..", "a.b.c", "!!!.e30.c2ln"] {
            assert_eq!(key_id(text), None, "{text:?}");
        }
    }
}
