//! What a token is asked to say, and the claims as Cognito renders them.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The only app client of the pool.
pub const CLIENT_ID: &str = "chat-local";

/// The body of `POST /token`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    sub: String,
    #[serde(default)]
    email: Option<String>,
    /// Absent means true; null leaves the claim out.
    #[serde(default = "verified")]
    email_verified: Option<bool>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    token_use: TokenUse,
    /// Seconds from now; negative for a token that has expired.
    #[serde(default = "one_hour")]
    expires_in: i32,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    audience: Option<String>,
    /// Set last, over everything else; null removes a claim.
    #[serde(default)]
    claims: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum TokenUse {
    #[default]
    Id,
    Access,
}

impl TokenRequest {
    /// Whether an access token is wanted rather than an ID token.
    pub fn is_access_token(&self) -> bool {
        self.token_use == TokenUse::Access
    }

    /// All claims of the token, issued at `now` (seconds since 1970) by `pool` unless another issuer is asked for.
    pub fn into_claims(self, pool: &str, now: i64) -> Map<String, Value> {
        let client = self.audience.as_deref().unwrap_or(CLIENT_ID);
        let mut claims = Map::new();
        let mut set = |name: &str, value: Value| {
            claims.insert(name.into(), value);
        };
        set("sub", json!(self.sub));
        set("iss", json!(self.issuer.as_deref().unwrap_or(pool)));
        set("auth_time", json!(now));
        set("iat", json!(now));
        set("exp", json!(now + i64::from(self.expires_in)));
        set("jti", json!(Uuid::new_v4().to_string()));
        set("origin_jti", json!(Uuid::new_v4().to_string()));
        set("event_id", json!(Uuid::new_v4().to_string()));
        if !self.groups.is_empty() {
            set("cognito:groups", json!(self.groups));
        }
        self.set_claims_of_its_kind(client, set);
        for (name, value) in self.claims {
            if value.is_null() {
                claims.remove(&name);
            } else {
                claims.insert(name, value);
            }
        }
        claims
    }

    fn set_claims_of_its_kind(&self, client: &str, mut set: impl FnMut(&str, Value)) {
        match self.token_use {
            TokenUse::Id => {
                set("token_use", json!("id"));
                set("aud", json!(client));
                set("cognito:username", json!(self.sub));
                if let Some(email) = &self.email {
                    set("email", json!(email));
                }
                if let Some(is_verified) = self.email_verified {
                    set("email_verified", json!(is_verified));
                }
            }
            TokenUse::Access => {
                set("token_use", json!("access"));
                set("client_id", json!(client));
                set("username", json!(self.sub));
                set("scope", json!("aws.cognito.signin.user.admin"));
            }
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the field's very type")]
fn verified() -> Option<bool> {
    Some(true)
}

fn one_hour() -> i32 {
    3600
}
