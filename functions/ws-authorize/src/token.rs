//! Verifying a Cognito ID token (RFC 7519, with the cautions of RFC 8725): one algorithm, one shape of
//! header, keys from the pool alone.

use crate::Keys;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat::{app::App, error::Error};
use ring::signature::RSA_PKCS1_2048_8192_SHA256 as RS256;
use serde_json::{Map, Value};
use std::time::UNIX_EPOCH;

/// Longer ones are not Cognito's.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A token's claims.
pub(crate) type Claims = Map<String, Value>;

/// The claims of a token that the user pool signed for one of our apps and that is valid now.
///
/// # Errors
/// [`Error::Unauthenticated`] for any other token; [`Error::Unavailable`] when the pool's keys
/// cannot be had.
pub(crate) async fn verify(app: &App, token: &str, keys: &Keys) -> Result<Claims, Error> {
    let parts = Parts::of(token).ok_or(Error::Unauthenticated)?;
    let key = keys.get(&app.http, &parts.key_id).await?.ok_or(Error::Unauthenticated)?;
    key.verify(&RS256, parts.signed.as_bytes(), &parts.signature)
        .map_err(|_| Error::Unauthenticated)?;
    let now = (app.now)().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let claims = decode_object(parts.payload).ok_or(Error::Unauthenticated)?;
    let (issuer, audiences) = (&app.config.identity_issuer, &app.config.identity_audiences);
    if is_good(&claims, issuer, audiences, now) { Ok(claims) } else { Err(Error::Unauthenticated) }
}

/// A token taken apart (RFC 7515, section 7.1), before anything in it is believed.
struct Parts<'a> {
    /// Which of the pool's keys has signed it.
    key_id: String,
    /// What is signed: header and payload as they stand.
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        if token.len() > LONGEST_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let key_id = key_id(&decode_object(header)?)?;
        Some(Self { key_id, signed, payload, signature: BASE64.decode(signature).ok()? })
    }
}

fn decode_object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64.decode(part).ok()?).ok()
}

/// The `kid` of a header that Cognito writes. Anything that would name another key (`jwk`, `jku`,
/// `x5u`, …) or must be understood (`crit`) is refused before any key is looked up.
fn key_id(header: &Map<String, Value>) -> Option<String> {
    let is_expected = |name: &String| ["alg", "kid", "typ"].contains(&name.as_str());
    if !header.keys().all(is_expected) || header.get("alg")?.as_str()? != "RS256" {
        return None;
    }
    header.get("kid")?.as_str().map(str::to_owned)
}

/// Whether these claims are of this pool, for one of these apps, and valid at `now` (seconds since
/// 1970). The second that `exp` names is already too late (RFC 7519, section 4.1.4).
fn is_good(claims: &Claims, issuer: &str, audiences: &[String], now: f64) -> bool {
    let is_ours =
        |audience: &Value| audiences.iter().any(|ours| audience.as_str() == Some(ours.as_str()));
    let audience = match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    let expires = claims.get("exp").and_then(Value::as_f64);
    let begins = claims.get("nbf").map_or(Some(0.0), Value::as_f64);
    claims.get("iss").and_then(Value::as_str) == Some(issuer)
        && audience
        && expires.is_some_and(|exp| now < exp)
        && begins.is_some_and(|nbf| nbf <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key_of(header: &Value) -> Option<String> {
        let token = format!("{}.e30.c2ln", BASE64.encode(header.to_string()));
        Parts::of(&token).map(|parts| parts.key_id)
    }

    #[test]
    fn cognitos_header_names_its_key() {
        let header = json!({"alg": "RS256", "kid": "k"});
        assert_eq!(key_of(&header).as_deref(), Some("k"));
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
            assert_eq!(key_of(&header), None, "{header}");
        }
    }

    #[test]
    fn what_is_not_a_token_has_no_key() {
        for text in ["", ".", "..", "a.b.c", "!!!.e30.c2ln", "e30.e30.e30.c2ln"] {
            assert!(Parts::of(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn claims_hold_from_nbf_up_to_the_second_of_exp() {
        let claims = |exp: Value, nbf: Value| {
            let claims = json!({"iss": "pool", "aud": "app", "exp": exp, "nbf": nbf});
            is_good(claims.as_object().unwrap(), "pool", &["app".to_owned()], 1_000.0)
        };
        assert!(claims(json!(1_001), json!(1_000)));
        assert!(claims(json!(1_000.5), json!(0)));
        for (exp, nbf) in [(1_000, 0), (999, 0), (1_001, 1_001)] {
            assert!(!claims(json!(exp), json!(nbf)), "{exp} {nbf}");
        }
        for wrong in [json!("1001"), json!(null), json!(true), json!([1_001])] {
            assert!(!claims(wrong.clone(), json!(0)), "{wrong}");
            assert!(!claims(json!(1_001), wrong.clone()), "{wrong}");
        }
    }

    #[test]
    fn fuzz_tokens() {
        let headers = [r#"{"alg":"RS256","kid":"k"}"#, r#"{"typ":"JWT","alg":"none","kid":""}"#];
        let claims = r#"{"iss":"pool","aud":["app"],"exp":2000,"nbf":10}"#;
        let texts = headers.map(|header| format!("{header}\n{claims}\nsignature"));
        let words = [
            "\n",
            "null",
            "-1",
            "1e400",
            "\"exp\":",
            "\"jku\":1,",
            "[",
            "}",
            ".",
            "\"aud\":\"app\",",
        ];
        let corpus = chat_fuzz::Corpus::new(texts, words);
        let good = |bytes: &[u8]| {
            let parts: Vec<_> =
                bytes.split(|byte| *byte == b'\n').map(|part| BASE64.encode(part)).collect();
            let (whole, raw) = (parts.join("."), String::from_utf8_lossy(bytes));
            drop(Parts::of(&raw));
            let taken = Parts::of(&whole)?;
            assert_eq!(taken.signed.len() + 1 + parts.last().map_or(0, String::len), whole.len());
            let claims = decode_object(taken.payload)?;
            is_good(&claims, "pool", &["app".to_owned()], 1_000.0).then_some(taken.key_id)
        };
        corpus.hunt(|bytes| drop(good(bytes)));
        // A bug that only good claims under another key's name come to.
        assert!(corpus.finds(|bytes| good(bytes).is_some_and(|key| key.len() > 1)));
    }
}
