//! Who is calling. A [`Caller`] can be made only here, from claims that a gateway has verified or
//! from what our own authorizer said, so a function that takes one cannot be reached without.

use crate::{
    directory::{Directory, Lookup},
    error::Error,
    identity::{Identity, Role},
    log,
};
use serde_json::{Map, Value};

/// An authenticated participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    role: Role,
    id: i64,
    issued_at: i64,
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

    /// When their token was issued, in seconds since 1970; 0 if it does not say. The chat's database decides
    /// whether tokens from then still count.
    #[must_use]
    pub const fn issued_at(self) -> i64 {
        self.issued_at
    }

    /// Finds an identity's bearer in Jarvis.
    ///
    /// # Errors
    /// [`Error::UnknownUser`], [`Error::AmbiguousUser`], or [`Error::DirectoryUnavailable`] when
    /// Jarvis does not answer and the bearer is not remembered.
    pub async fn authenticate(identity: &Identity, directory: &Directory) -> Result<Self, Error> {
        if identity.role == Role::Dentist && identity.verified_email.is_none() {
            return Err(Error::UnknownUser);
        }
        match directory.find(identity).await? {
            Lookup::Found(id) => {
                Ok(Self { role: identity.role, id, issued_at: identity.issued_at })
            }
            Lookup::Unknown => Err(Error::UnknownUser),
            Lookup::Ambiguous => {
                let role = identity.role.as_str();
                log::error!(role, "several people in Jarvis match one token");
                Err(Error::AmbiguousUser)
            }
        }
    }

    /// The caller that `ws-authorize` put into a connection's authorizer context. The gateway may
    /// hand the number on as a string.
    #[must_use]
    pub fn from_authorizer_context(context: &Map<String, Value>) -> Option<Self> {
        let role = Role::parse(context.get("role")?.as_str()?)?;
        let issued_at = context.get("iat").and_then(number).unwrap_or(0);
        Some(Self { role, id: number(context.get("id")?)?, issued_at })
    }
}

/// A number that came through a gateway, as itself or as text.
#[must_use]
pub fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn caller(role: &Value, id: &Value) -> Option<(Role, i64)> {
        let context = json!({"role": role, "id": id, "exp": 1});
        let caller = Caller::from_authorizer_context(context.as_object()?)?;
        Some((caller.role(), caller.id()))
    }

    #[test]
    fn a_connection_is_who_the_authorizer_said_and_nobody_by_default() {
        for id in [json!(42), json!("42")] {
            assert_eq!(caller(&json!("customer"), &id), Some((Role::Customer, 42)));
            assert_eq!(caller(&json!("dentist"), &id), Some((Role::Dentist, 42)));
            assert_eq!(caller(&json!("admin"), &id), None);
            assert_eq!(caller(&Value::Null, &id), None);
        }
        for id in [json!(""), json!("x"), json!(1.5), json!(true), Value::Null] {
            assert_eq!(caller(&json!("customer"), &id), None, "{id}");
        }
        assert!(Caller::from_authorizer_context(&Map::new()).is_none());
    }
}
