//! What a verified Cognito token says of its bearer. Who that is in Jarvis, `caller` finds out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The two sides of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Someone of Jarvis's `assignment_customer`.
    Customer,
    /// Someone of Jarvis's `dentist_dentist`.
    Dentist,
}

impl Role {
    /// As in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Dentist => "dentist",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "customer" => Some(Self::Customer),
            "dentist" => Some(Self::Dentist),
            _ => None,
        }
    }

    /// The side that this one talks to.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Customer => Self::Dentist,
            Self::Dentist => Self::Customer,
        }
    }
}

/// The claims of a token that say who its bearer is; others are not kept.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    token_use: Option<Value>,
    sub: Option<Value>,
    email: Option<Value>,
    email_verified: Option<Value>,
    iat: Option<Value>,
    #[serde(rename = "cognito:groups")]
    groups: Option<Value>,
}

/// What a verified Cognito ID token says about its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Members of the dentist group are dentists and never taken for customers.
    pub role: Role,
    /// Cognito's `sub`.
    pub subject: String,
    /// The e-mail address, and only when Cognito has verified it.
    pub verified_email: Option<String>,
    /// When the token was issued, in seconds since 1970; 0 if it does not say.
    pub issued_at: i64,
}

/// Why claims identify nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoIdentity {
    /// They are not an ID token's.
    WrongTokenUse,
    /// They have no subject.
    NoSubject,
}

impl Identity {
    /// Reads claims, either as a token has them or as API Gateway renders them (all strings,
    /// arrays as `[a b]`).
    ///
    /// # Errors
    /// [`NoIdentity`].
    pub fn from_claims(claims: &Claims, dentist_group: &str) -> Result<Self, NoIdentity> {
        if text(claims.token_use.as_ref()) != Some("id") {
            return Err(NoIdentity::WrongTokenUse);
        }
        let subject = text(claims.sub.as_ref()).ok_or(NoIdentity::NoSubject)?.to_owned();
        let is_dentist =
            claims.groups.as_ref().is_some_and(|groups| contains(groups, dentist_group));
        let email_verified = match &claims.email_verified {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(verified)) => verified == "true",
            _ => false,
        };
        Ok(Self {
            role: if is_dentist { Role::Dentist } else { Role::Customer },
            subject,
            verified_email: text(claims.email.as_ref())
                .filter(|_| email_verified)
                .map(str::to_owned),
            issued_at: claims.iat.as_ref().and_then(seconds).unwrap_or(0),
        })
    }
}

/// A claim's text, if it says anything.
fn text(claim: Option<&Value>) -> Option<&str> {
    claim.and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A time's whole seconds, of a number or of what a gateway made of it.
fn seconds(claim: &Value) -> Option<i64> {
    let seconds = claim.as_f64().or_else(|| claim.as_str()?.parse().ok())?;
    // A second's fraction is left out; what is beyond all time is the end of it.
    #[allow(clippy::cast_possible_truncation)]
    Some(seconds.floor() as i64)
}

/// Whether a group is among those of a token. The HTTP API's gateway renders the list as `[a b]` before
/// we see it; a token read by ourselves has it as JSON. A group's name holds no space (Cognito allows
/// none), so both are read alike.
fn contains(groups: &Value, wanted: &str) -> bool {
    match groups {
        Value::Array(names) => names.iter().any(|name| name.as_str() == Some(wanted)),
        Value::String(rendered) => rendered
            .strip_prefix('[')
            .and_then(|list| list.strip_suffix(']'))
            .unwrap_or(rendered)
            .split([' ', ','])
            .any(|name| name == wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(claims: Value) -> Result<Identity, NoIdentity> {
        let claims: Claims = serde_json::from_value(claims).expect("claims are an object");
        Identity::from_claims(&claims, "dentists")
    }

    #[test]
    fn a_token_without_the_group_is_a_customers() {
        let customer = identity(json!({"token_use": "id", "sub": "s", "email_verified": "true"}));
        assert_eq!(customer.unwrap().role, Role::Customer);
    }

    #[test]
    fn the_group_is_found_among_others_and_not_in_part_of_a_name() {
        for (groups, role) in [
            (json!("[staff dentists]"), Role::Dentist),
            (json!("[dentists]"), Role::Dentist),
            (json!(["dentists"]), Role::Dentist),
            (json!("[dentists-in-training]"), Role::Customer),
            (json!("[]"), Role::Customer),
        ] {
            let claims = json!({"token_use": "id", "sub": "s", "cognito:groups": groups});
            assert_eq!(identity(claims).unwrap().role, role, "{groups}");
        }
    }

    #[test]
    fn an_access_token_is_refused() {
        let error = identity(json!({"token_use": "access", "sub": "s"})).unwrap_err();
        assert_eq!(error, NoIdentity::WrongTokenUse);
    }

    #[test]
    fn a_token_is_from_when_it_says_and_otherwise_as_old_as_can_be() {
        for (iat, issued_at) in [
            (json!(1_773_340_000), 1_773_340_000),
            (json!("1773340000"), 1_773_340_000),
            (json!("1.77334E9"), 1_773_340_000),
            (json!(1_773_340_000.9), 1_773_340_000),
            (json!("soon"), 0),
            (json!(null), 0),
        ] {
            let claims = json!({"token_use": "id", "sub": "s", "iat": iat});
            assert_eq!(identity(claims).unwrap().issued_at, issued_at, "{iat}");
        }
    }

    #[test]
    fn an_unverified_email_is_not_used() {
        for verified in [json!("false"), json!(false), json!(null), json!("True")] {
            let claims = json!({"token_use": "id", "sub": "s", "email": "a@b.c",
                                "email_verified": verified});
            assert_eq!(identity(claims).unwrap().verified_email, None);
        }
    }
}
