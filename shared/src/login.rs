//! How to log in to a database: with the password of its URL, with one from Secrets Manager, or with a
//! token that is made for each connection. Which of them is [`Access`]'s table.

use crate::{
    config::{Access, Secret},
    error::Cause,
    http::Http,
    secrets::StoredSecret,
};
use serde_json::{Map, Value};
use std::time::SystemTime;

/// What a secret that is a URL begins with.
const SCHEMES: [&str; 3] = ["postgres://", "postgresql://", "mysql://"];

/// A database's URL and password, wherever they are.
pub struct Login {
    variable: &'static str,
    url: Option<Secret>,
    stored: Option<StoredSecret>,
}

/// What to connect with now.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Where the database is, as what user, and perhaps with what password.
    pub url: Secret,
    /// The user instead of the URL's.
    pub user: Option<String>,
    /// The password instead of the URL's.
    pub password: Option<Secret>,
    /// The secret as it was read.
    stored: Option<Secret>,
}

impl Credentials {
    /// Whether they are for the database of this URL.
    #[must_use]
    pub fn is_about(&self, url: Option<&Secret>) -> bool {
        url.is_some_and(|url| url.expose() == self.url.expose())
    }
}

impl Login {
    /// As configured; secrets are read over `http`.
    #[must_use]
    pub fn new(access: &Access, http: &Http) -> Self {
        let stored = access.secret.clone().map(|id| StoredSecret::new(id, http.clone()));
        Self { variable: access.variable, url: access.url.clone(), stored }
    }

    /// What the URL is called where it is at fault.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// The URL of the environment.
    #[must_use]
    pub fn url(&self) -> Option<&Secret> {
        self.url.as_ref()
    }

    /// What to connect with now.
    ///
    /// # Errors
    /// When a secret cannot be read, or says too little.
    pub async fn credentials(&self, now: SystemTime) -> Result<Credentials, Cause> {
        let (url, variable) = (self.url.clone(), self.variable);
        let Some(stored) = &self.stored else {
            let url = url.ok_or_else(|| Cause::new(format!("there is no {variable}")))?;
            return Ok(Credentials { url, user: None, password: None, stored: None });
        };
        let secret = stored.get(now).await?;
        let read = read(&secret, url);
        let (url, user, password) =
            read.map_err(|problem| Cause::new(format!("the secret for {variable} {problem}")))?;
        Ok(Credentials { url, user, password, stored: Some(secret) })
    }

    /// The server refused these. Tells whether there may be others by now.
    pub async fn refused(&self, credentials: &Credentials) -> bool {
        match (&self.stored, &credentials.stored) {
            (Some(stored), Some(secret)) => stored.refused(secret).await,
            _ => false,
        }
    }
}

type Parts = (Secret, Option<String>, Option<Secret>);

/// A secret as people and RDS store it: the URL, the password, or a JSON object with the one or the other.
/// A problem is told in words that follow what the secret is.
fn read(secret: &Secret, url: Option<Secret>) -> Result<Parts, &'static str> {
    let text = secret.expose().trim();
    let fields = match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => fields,
        _ if SCHEMES.iter().any(|scheme| text.starts_with(scheme)) => {
            return Ok((Secret::from(text.to_owned()), None, None));
        }
        _ => Map::from_iter([("password".to_owned(), Value::from(text))]),
    };
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found?.1.as_str().map(str::trim).filter(|value| !value.is_empty())
    };
    if let Some(url) = field("url") {
        return Ok((Secret::from(url.to_owned()), None, None));
    }
    let password = field("password").ok_or("has neither a URL nor a password in it")?;
    let url = url.ok_or("has a password in it, and there is no URL beside it")?;
    let user = field("username").map(str::to_owned);
    Ok((url, user, Some(Secret::from(password.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(secret: &str, url: Option<&str>) -> Result<(String, Option<String>, String), String> {
        let url = url.map(|url| Secret::from(url.to_owned()));
        let (url, user, password) = read(&Secret::from(secret.to_owned()), url)?;
        let password = password.map(|password| password.expose().to_owned());
        Ok((url.expose().to_owned(), user, password.unwrap_or_default()))
    }

    #[test]
    fn a_secret_is_read_as_people_and_rds_store_it() {
        let (place, with_password) = ("postgres://u@h/chat", "postgres://u:p@h/chat");
        let url = |url: &str| Ok((url.to_owned(), None, String::new()));
        let password = |user: Option<&str>| {
            Ok((place.to_owned(), user.map(str::to_owned), "canary".to_owned()))
        };
        for (secret, expected) in [
            ("canary\n", password(None)),
            (r#"{"password": "canary"}"#, password(None)),
            (r#"{"username": "v", "password": "canary"}"#, password(Some("v"))),
            (
                r#"{"engine": "postgres", "host": "h", "port": 5432, "username": "v", "password": "canary"}"#,
                password(Some("v")),
            ),
            ("postgres://u:p@h/chat\n", url(with_password)),
            (r#"{"url": "postgres://u:p@h/chat"}"#, url(with_password)),
            (r#"{"URL": "postgres://u:p@h/chat", "password": "other"}"#, url(with_password)),
        ] {
            assert_eq!(told(secret, Some(place)), expected, "{secret}");
        }
        assert_eq!(told(with_password, None), url(with_password));
    }

    #[test]
    fn a_secret_that_says_too_little_is_not_shown() {
        for secret in ["canary", r#"{"password": "canary"}"#, r#"{"canary": 1}"#, "{}"] {
            let problem = told(secret, None).unwrap_err();
            assert!(problem.starts_with("has ") && !problem.contains("canary"), "{problem}");
        }
        assert!(told(r#"{"password": " "}"#, Some("postgres://h/chat")).is_err());
    }
}
