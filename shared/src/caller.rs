//! Who is calling. A [`Caller`] can be made only here, from claims that a gateway has verified or
//! from what our own authorizer said, so a function that takes one cannot be reached without.

use crate::{
    directory::{Directory, Lookup},
    error::Error,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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
}

/// An authenticated participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    role: Role,
    id: i64,
}

impl Caller {
    /// Which side the caller is on.
    #[must_use]
    pub const fn role(self) -> Role {
        self.role
    }

    /// The caller's id in Jarvis, unique within the role.
    #[must_use]
    pub const fn id(self) -> i64 {
        self.id
    }

    /// The caller that `ws-authorize` put into a connection's authorizer context. The gateway may
    /// hand the number on as a string.
    #[must_use]
    pub fn from_authorizer_context(context: &Map<String, Value>) -> Option<Self> {
        let role = Role::parse(context.get("role")?.as_str()?)?;
        Some(Self { role, id: number(context.get("id")?)? })
    }
}

/// A number that came through a gateway, as itself or as text.
#[must_use]
pub fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
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
}

impl Identity {
    /// Reads claims, either as a token has them or as API Gateway renders them (all strings,
    /// arrays as `[a b]`).
    ///
    /// # Errors
    /// [`Error::WrongTokenUse`] unless it is an ID token; [`Error::Unauthenticated`] without `sub`.
    pub fn from_claims(claims: &Map<String, Value>, dentist_group: &str) -> Result<Self, Error> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|s| !s.is_empty());
        if text("token_use") != Some("id") {
            return Err(Error::WrongTokenUse);
        }
        let subject = text("sub").ok_or(Error::Unauthenticated)?.to_owned();
        let is_dentist =
            claims.get("cognito:groups").is_some_and(|groups| contains(groups, dentist_group));
        let email_verified = match claims.get("email_verified") {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(verified)) => verified == "true",
            _ => false,
        };
        Ok(Self {
            role: if is_dentist { Role::Dentist } else { Role::Customer },
            subject,
            verified_email: text("email").filter(|_| email_verified).map(str::to_owned),
        })
    }

    /// Finds the bearer in Jarvis.
    ///
    /// # Errors
    /// [`Error::UnknownUser`], [`Error::AmbiguousUser`], or [`Error::DirectoryUnavailable`] when
    /// Jarvis does not answer and the bearer is not remembered.
    pub async fn authenticate(&self, directory: &Directory) -> Result<Caller, Error> {
        if self.role == Role::Dentist && self.verified_email.is_none() {
            return Err(Error::UnknownUser);
        }
        match directory.find(self).await? {
            Lookup::Found(id) => Ok(Caller { role: self.role, id }),
            Lookup::Unknown => Err(Error::UnknownUser),
            Lookup::Ambiguous => {
                tracing::error!(
                    role = self.role.as_str(),
                    "several people in Jarvis match one token"
                );
                Err(Error::AmbiguousUser)
            }
        }
    }
}

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

    fn identity(claims: Value) -> Result<Identity, Error> {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
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
        assert!(matches!(error, Error::WrongTokenUse));
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
