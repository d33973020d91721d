//! Values that must not be printed, and how they are stored.

use crate::error::Cause;
use serde_json::Value;
use std::fmt;

/// What a secret that is stored as a JSON object calls a database's URL.
pub(super) const URL_KEYS: [&str; 3] = ["url", "database_url", "jarvis_url"];
/// What it calls an API key.
pub const API_KEY_KEYS: [&str; 4] = ["api_key", "rest_api_key", "onesignal_api_key", "key"];

/// A value that must not be printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The value as people store it: with a line break after it, or as a JSON object of keys and values
    /// (the Secrets Manager console's default), in which it is under one of these keys or the only
    /// text.
    ///
    /// # Errors
    /// In words that follow what the secret is: "is empty".
    pub fn from_stored(text: &str, keys: &[&str]) -> Result<Self, Cause> {
        let text = text.trim();
        let value = match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => {
                let texts =
                    || fields.iter().filter_map(|(key, value)| Some((key, value.as_str()?)));
                let under =
                    |wanted: &&str| texts().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
                let named = keys.iter().find_map(under);
                let only = texts().next().filter(|_| texts().count() == 1);
                let missing = || {
                    let keys = keys.join("`, `");
                    Cause::new(format!("is a JSON object without one of the keys `{keys}`"))
                };
                named.or(only).ok_or_else(missing)?.1.trim().to_owned()
            }
            _ => text.to_owned(),
        };
        if value.is_empty() { Err(Cause::new("is empty")) } else { Ok(Self(value)) }
    }

    /// The value itself, for the client that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let secret = Secret::from("canary".to_owned());
        assert_eq!(format!("{secret:?}"), "(secret)");
    }

    #[test]
    fn a_secret_is_read_as_people_store_it() {
        for stored in [
            "canary",
            " canary\n",
            "canary\r\n",
            r#"{"API_KEY": "canary", "note": "for pushes"}"#,
            r#"{"key": "an id", "rest_api_key": "canary"}"#,
            r#"{"whatever": "canary", "version": 2}"#,
            "{\"key\": \"canary\\n\"}\n",
        ] {
            let secret = Secret::from_stored(stored, &API_KEY_KEYS).unwrap();
            assert_eq!(secret.expose(), "canary", "{stored}");
        }
    }

    #[test]
    fn a_stored_secret_that_is_not_understood_is_not_shown() {
        for (stored, expected) in [
            (r#"{"a": "canary", "b": "canary"}"#, "is a JSON object without one of the keys `url`"),
            (r#"{"url": 7}"#, "is a JSON object without one of the keys `url`"),
            ("{}", "is a JSON object without one of the keys `url`"),
            (r#"{"url": " "}"#, "is empty"),
            ("\n", "is empty"),
        ] {
            let problem = Secret::from_stored(stored, &["url"]).unwrap_err().to_string();
            assert_eq!(problem, expected, "{stored}");
        }
    }
}
