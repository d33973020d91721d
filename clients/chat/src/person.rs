//! One of the demo's people, with tokens from the local identity provider and a key for the store.

use async_trait::async_trait;
use chat_client::{ChatError, Role, StoreKey, shell::TokenSource};
use serde_json::{Value, json};
use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};
use uuid::Uuid;

/// Who chats.
#[derive(Clone, Debug)]
pub struct Person {
    /// As in `customer-1`.
    pub name: String,
    /// Which side.
    pub role: Role,
    number: u32,
}

impl Person {
    /// `customer-1` or `dentist-2`.
    pub fn named(name: &str) -> Option<Self> {
        let (role, number) = name.split_once('-')?;
        Some(Self { name: name.to_owned(), role: Role::parse(role)?, number: number.parse().ok()? })
    }

    fn claims(&self) -> Value {
        let role = self.role.name();
        let groups = if self.role == Role::Dentist { json!(["dentists"]) } else { json!([]) };
        json!({
            "sub": self.name,
            "email": format!("{role}{}@example.test", self.number),
            "email_verified": true,
            "groups": groups,
        })
    }
}

/// Asks the local identity provider, where an app would ask Cognito.
pub struct Tokens {
    pub person: Person,
    /// The identity provider's address.
    pub identity: String,
    pub http: reqwest::Client,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, _refused: bool) -> Option<String> {
        let url = format!("{}/token", self.identity);
        let answer = self.http.post(url).json(&self.person.claims()).send().await.ok()?;
        let answer: Value = answer.json().await.ok()?;
        Some(answer["token"].as_str()?.to_owned())
    }
}

/// The key of a store: kept in a file beside it, where an app would keep it in the Keychain or
/// Keystore. Made when there is none.
pub fn key(file: &Path) -> Result<StoreKey, Box<dyn std::error::Error>> {
    let key = match fs::read(file) {
        Ok(key) => key,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let [one, other] = [Uuid::new_v4(), Uuid::new_v4()];
            let key = [one.into_bytes(), other.into_bytes()].concat();
            let mut options = fs::OpenOptions::new();
            options.create_new(true).write(true).mode(0o600).open(file)?.write_all(&key)?;
            key
        }
        Err(error) => return Err(error.into()),
    };
    StoreKey::new(&key).map_err(|error: ChatError| error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_by_their_side_and_number() {
        let dentist = Person::named("dentist-2").unwrap();
        assert_eq!((dentist.role, dentist.number), (Role::Dentist, 2));
        assert_eq!(dentist.claims()["email"], "dentist2@example.test");
        for name in ["", "dentist", "nurse-1", "customer-", "customer-x"] {
            assert!(Person::named(name).is_none(), "{name}");
        }
    }
}
