//! Every environment variable that a function reads.

mod secret;

pub use secret::{API_KEY_KEYS, Secret};

use secret::URL_KEYS;
use std::{borrow::Cow, collections::BTreeMap, env, fmt, str::FromStr, time::Duration};

/// The settings of a function, read once at cold start.
///
/// `Debug` shows no value that may hold a secret.
pub struct Config {
    /// `DATABASE_URL`: PostgreSQL, as the service's own role; only functions that need it have it.
    pub database_url: Option<Secret>,
    /// `DATABASE_STATEMENTS`: `named` (default) prepares once per environment; `unnamed` sends each
    /// statement whole, for poolers that cannot multiplex named ones.
    pub statements: Statements,
    /// `JARVIS_URL`: the MySQL database that says who is who, as an account that may only
    /// read; only functions that need it have it.
    pub jarvis_url: Option<Secret>,
    /// `IMAGE_BUCKET`: the S3 bucket of the images.
    pub image_bucket: String,
    /// `WEBSOCKET_ENDPOINT`: where frames are posted, stage included.
    pub websocket_endpoint: String,
    /// `IDENTITY_ISSUER`: the Cognito user pool's issuer URL.
    pub identity_issuer: String,
    /// `IDENTITY_AUDIENCES`: the app client ids that are let in, comma-separated.
    pub identity_audiences: Vec<String>,
    /// `DENTIST_GROUP`: the Cognito group whose members are dentists.
    pub dentist_group: String,
    /// `SEND_BURST`: messages that a sender may write in a session within the window; 0: no limit.
    pub send_burst: u32,
    /// `SEND_WINDOW_SECONDS`: that window.
    pub send_window: Duration,
    /// `AUTO_ARCHIVE_DAYS`: sessions without activity for so long are archived; 0: never.
    pub auto_archive_days: Option<i32>,
    /// `REDELIVER_FUNCTION`: the function to wake when a push is due; without it, the schedule does.
    pub redeliver_function: Option<String>,
    /// The push provider; only the function that pushes has it.
    pub push: Option<PushConfig>,
}

/// `OneSignal`.
#[derive(Clone, Debug)]
pub struct PushConfig {
    /// `ONESIGNAL_URL`: its API.
    pub url: String,
    /// `ONESIGNAL_APP_ID`: our app there.
    pub app_id: String,
    /// `ONESIGNAL_API_KEY` or `ONESIGNAL_API_KEY_SECRET_ARN`.
    pub api_key: ApiKey,
    /// `PUSH_HEADINGS`: a push's heading in each language.
    pub headings: Texts,
    /// `PUSH_CONTENTS`: what it says.
    pub contents: Texts,
}

/// One text for each language, under `OneSignal`'s codes of languages; `en`, which it requires, is
/// always there.
pub type Texts = BTreeMap<String, String>;

/// Where an API key is.
#[derive(Clone, Debug)]
pub enum ApiKey {
    /// In the environment; for one's own machine.
    Given(Secret),
    /// In Secrets Manager, under this ARN.
    InSecretsManager(String),
}

/// Which outside parts a function works with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// `PostgreSQL`.
    pub database: bool,
    /// Jarvis.
    pub directory: bool,
    /// The push provider.
    pub push: bool,
}

/// How statements reach `PostgreSQL`; see [`Config::statements`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statements {
    /// Prepared once per connection.
    Named,
    /// Parsed anew each time, in the same single round trip.
    Unnamed,
}

/// A missing or malformed variable; says which, and never shows its value.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError {
    variable: &'static str,
    problem: Cow<'static, str>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "environment variable {} {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    fn new(variable: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// [`ConfigError`] for the first variable that is missing or malformed.
    pub fn from_env(needs: Needs) -> Result<Self, ConfigError> {
        Self::read(needs, |name| env::var(name).ok())
    }

    /// Reads the variables through `lookup`.
    ///
    /// # Errors
    /// As [`Config::from_env`].
    pub fn read(
        needs: Needs,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let text = |variable| {
            lookup(variable)
                .filter(|value| !value.is_empty())
                .ok_or_else(|| ConfigError::new(variable, "is missing"))
        };
        let secret = |variable, is_needed: bool| {
            if is_needed {
                stored(variable, &text(variable)?, &URL_KEYS).map(Some)
            } else {
                Ok(None)
            }
        };
        Ok(Self {
            database_url: secret("DATABASE_URL", needs.database)?,
            statements: match lookup("DATABASE_STATEMENTS").as_deref() {
                None | Some("" | "named") => Statements::Named,
                Some("unnamed") => Statements::Unnamed,
                Some(_) => {
                    let problem = "must be `named` or `unnamed`";
                    return Err(ConfigError::new("DATABASE_STATEMENTS", problem));
                }
            },
            jarvis_url: secret("JARVIS_URL", needs.directory)?,
            image_bucket: text("IMAGE_BUCKET")?,
            websocket_endpoint: text("WEBSOCKET_ENDPOINT")?,
            identity_issuer: text("IDENTITY_ISSUER")?,
            identity_audiences: text("IDENTITY_AUDIENCES")?
                .split(',')
                .map(|audience| audience.trim().to_owned())
                .filter(|audience| !audience.is_empty())
                .collect(),
            dentist_group: lookup("DENTIST_GROUP")
                .filter(|group| !group.is_empty())
                .unwrap_or_else(|| "dentists".to_owned()),
            send_burst: number(&lookup, "SEND_BURST", 30)?,
            send_window: Duration::from_secs(number(&lookup, "SEND_WINDOW_SECONDS", 10)?),
            auto_archive_days: match number(&lookup, "AUTO_ARCHIVE_DAYS", 0_u16)? {
                0 => None,
                days => Some(i32::from(days)),
            },
            redeliver_function: lookup("REDELIVER_FUNCTION").filter(|name| !name.is_empty()),
            push: if needs.push { Some(PushConfig::read(&lookup)?) } else { None },
        })
    }
}

impl PushConfig {
    fn read(lookup: &impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = |variable| {
            let value = lookup(variable).filter(|value| !value.is_empty());
            value.ok_or_else(|| ConfigError::new(variable, "is missing"))
        };
        let api_key = match text("ONESIGNAL_API_KEY") {
            Ok(key) => ApiKey::Given(stored("ONESIGNAL_API_KEY", &key, &API_KEY_KEYS)?),
            Err(_) => ApiKey::InSecretsManager(text("ONESIGNAL_API_KEY_SECRET_ARN")?),
        };
        Ok(Self {
            url: text("ONESIGNAL_URL")?,
            app_id: text("ONESIGNAL_APP_ID")?,
            api_key,
            headings: texts(lookup, "PUSH_HEADINGS", "Your dentist")?,
            contents: texts(lookup, "PUSH_CONTENTS", "You have a new message.")?,
        })
    }
}

fn stored(variable: &'static str, text: &str, keys: &[&str]) -> Result<Secret, ConfigError> {
    Secret::from_stored(text, keys).map_err(|cause| ConfigError::new(variable, cause.to_string()))
}

/// A JSON object of texts by language; without the variable, one text in English.
fn texts(
    lookup: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    in_english: &str,
) -> Result<Texts, ConfigError> {
    let given = lookup(variable).filter(|value| !value.is_empty());
    let Some(given) = given else {
        return Ok(Texts::from([("en".to_owned(), in_english.to_owned())]));
    };
    let wrong = "must be a JSON object of texts by language, with `en` among them";
    let texts: Texts =
        serde_json::from_str(&given).map_err(|_| ConfigError::new(variable, wrong))?;
    let is_complete =
        texts.contains_key("en") && texts.values().all(|text| !text.trim().is_empty());
    if is_complete { Ok(texts) } else { Err(ConfigError::new(variable, wrong)) }
}

fn number<T: FromStr>(
    lookup: &impl Fn(&str) -> Option<String>,
    variable: &'static str,
    default: T,
) -> Result<T, ConfigError> {
    match lookup(variable) {
        None => Ok(default),
        Some(text) => text
            .parse()
            .map_err(|_| ConfigError::new(variable, "must be a whole number, 0 or more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(name: &str) -> Option<String> {
        match name {
            "DATABASE_STATEMENTS"
            | "SEND_BURST"
            | "SEND_WINDOW_SECONDS"
            | "DENTIST_GROUP"
            | "PUSH_HEADINGS"
            | "PUSH_CONTENTS"
            | "AUTO_ARCHIVE_DAYS" => None,
            _ => Some(format!("value-of-{name}")),
        }
    }

    const BOTH: Needs = Needs { database: true, directory: true, push: true };

    #[test]
    fn defaults_fill_what_is_not_set() {
        let config = Config::read(BOTH, complete).unwrap();
        assert_eq!(config.statements, Statements::Named);
        assert_eq!(config.dentist_group, "dentists");
        assert_eq!((config.send_burst, config.send_window.as_secs()), (30, 10));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error =
            Config::read(BOTH, |name| complete(name).filter(|_| name != "JARVIS_URL")).err();
        assert_eq!(error.unwrap().to_string(), "environment variable JARVIS_URL is missing");
    }

    #[test]
    fn a_function_does_without_the_database_that_it_does_not_need() {
        let needs = Needs { database: true, directory: false, push: false };
        let config = Config::read(needs, |name| complete(name).filter(|_| name != "JARVIS_URL"));
        assert!(config.unwrap().jarvis_url.is_none());
    }

    #[test]
    fn a_malformed_variable_is_named_and_not_shown() {
        let lookup = |name: &str| match name {
            "SEND_BURST" => Some("canary".to_owned()),
            _ => complete(name),
        };
        let message = Config::read(BOTH, lookup).err().unwrap().to_string();
        assert!(message.contains("SEND_BURST"));
        assert!(!message.contains("canary"));
    }

    #[test]
    fn a_url_in_the_environment_may_be_a_stored_secret() {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some("{\"url\": \"postgres://h/chat\"}".to_owned()),
            "JARVIS_URL" => Some(r#"{"username": "canary", "password": "canary"}"#.to_owned()),
            _ => complete(name),
        };
        let needs = Needs { database: true, directory: false, push: false };
        let url = Config::read(needs, lookup).ok().unwrap().database_url.unwrap();
        assert_eq!(url.expose(), "postgres://h/chat");
        let message = Config::read(BOTH, lookup).err().unwrap().to_string();
        assert!(
            message.starts_with("environment variable JARVIS_URL is a JSON object"),
            "{message}"
        );
        assert!(!message.contains("canary"));
    }

    #[test]
    fn a_push_says_the_same_in_each_language_and_always_has_english() {
        let with = |texts: &'static str| {
            Config::read(BOTH, move |name| match name {
                "PUSH_CONTENTS" => Some(texts.to_owned()),
                "PUSH_HEADINGS" => None,
                _ => complete(name),
            })
        };
        let push = with(r#"{"en": "A message", "de": "Eine Nachricht"}"#).unwrap().push.unwrap();
        assert_eq!(push.contents["de"], "Eine Nachricht");
        assert_eq!(push.headings, Texts::from([("en".to_owned(), "Your dentist".to_owned())]));
        for wrong in
            ["{}", r#"{"de": "Eine Nachricht"}"#, r#"{"en": " "}"#, r#"{"en": 1}"#, "A message"]
        {
            let error = with(wrong).err().unwrap().to_string();
            assert!(error.contains("PUSH_CONTENTS") && !error.contains("message"), "{error}");
        }
    }
}
