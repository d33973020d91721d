//! Every environment variable that a function reads.

mod secret;
mod variables;

mod access;
mod push;

pub use access::Access;
pub use push::{ApiKey, PushConfig, Texts};
pub use secret::{API_KEY_KEYS, Secret};
pub use variables::ConfigError;

use std::{env, path::PathBuf, str::FromStr, time::Duration};
use variables::{Lookup, text};

/// The settings of a function, read once at cold start.
///
/// `Debug` shows no value that may hold a secret.
pub struct Config {
    /// `DATABASE_URL`, `DATABASE_SECRET_ARN`: PostgreSQL, as the service's own role; only functions that
    /// need it have it.
    pub database: Option<Access>,
    /// `DATABASE_STATEMENTS`: `named` (default) prepares once per environment; `unnamed` sends each
    /// statement whole, for poolers that cannot multiplex named ones.
    pub statements: Statements,
    /// `JARVIS_URL`, `JARVIS_SECRET_ARN`: the MySQL database that says who is who, as an account that may
    /// only read; only functions that need it have it.
    pub jarvis: Option<Access>,
    /// `CA_BUNDLE`: a file of certificates (PEM) that sign servers of one's own, trusted beside Mozilla's
    /// and Amazon's.
    pub ca_bundle: Option<PathBuf>,
    /// `IMAGE_BUCKET`: the S3 bucket of the images.
    pub image_bucket: String,
    /// `WEBSOCKET_ENDPOINT`: where frames are posted, stage included.
    pub websocket_endpoint: String,
    /// `IDENTITY_ISSUER`: the Cognito user pool's issuer URL.
    pub identity_issuer: String,
    /// `IDENTITY_AUDIENCES`: the app client ids that are let in, comma-separated.
    pub identity_audiences: Vec<String>,
    /// `ALLOWED_ORIGINS`: the origins whose pages may open a WebSocket, comma-separated; `*`, or none: any.
    pub allowed_origins: Option<Vec<String>>,
    /// `DENTIST_GROUP`: the Cognito group whose members are dentists.
    pub dentist_group: String,
    /// `SEND_BURST`: messages that a sender may write in a session within the window; 0: no limit.
    pub send_burst: u32,
    /// `SEND_WINDOW_SECONDS`: that window.
    pub send_window: Duration,
    /// `CORRECT_WITHIN_SECONDS`: for how long after sending it a message may be corrected.
    pub correct_within: Duration,
    /// `AUTO_ARCHIVE_DAYS`: sessions without activity for so long are archived; 0: never.
    pub auto_archive_days: Option<i32>,
    /// `RETENTION_DAYS`: messages older than this are erased; 0: none ever.
    pub retention_days: Option<u16>,
    /// `RECORDS_BUCKET`: the S3 bucket of exports, holds and tombstones; only functions that work with it
    /// have it.
    pub records_bucket: Option<String>,
    /// `TOMBSTONE_DAYS`: for how long nobody can delete a tombstone.
    pub tombstone_days: u16,
    /// `REVOCATIONS_MAX_AGE_SECONDS`, default 10: how old what an environment knows of revoked tokens may be.
    /// Once it is older, the next call reads it anew, in the same round trip; with 0, each call does.
    pub revocations_max_age: Duration,
    /// `REDELIVER_FUNCTION`: the function to wake when a push is due; without it, the schedule does.
    pub redeliver_function: Option<String>,
    /// The push provider; only the function that pushes has it.
    pub push: Option<PushConfig>,
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
        let lookup: Lookup = &lookup;
        let text = |variable| text(lookup, variable);
        let access = |is_needed: bool, variable, secret_variable| {
            is_needed.then(|| Access::read(lookup, variable, secret_variable)).transpose()
        };
        Ok(Self {
            database: access(needs.database, "DATABASE_URL", "DATABASE_SECRET_ARN")?,
            statements: match lookup("DATABASE_STATEMENTS").as_deref() {
                None | Some("" | "named") => Statements::Named,
                Some("unnamed") => Statements::Unnamed,
                Some(_) => {
                    let problem = "must be `named` or `unnamed`";
                    return Err(ConfigError::new("DATABASE_STATEMENTS", problem));
                }
            },
            jarvis: access(needs.directory, "JARVIS_URL", "JARVIS_SECRET_ARN")?,
            ca_bundle: text("CA_BUNDLE").ok().map(PathBuf::from),
            image_bucket: text("IMAGE_BUCKET")?,
            websocket_endpoint: text("WEBSOCKET_ENDPOINT")?,
            identity_issuer: text("IDENTITY_ISSUER")?,
            identity_audiences: list(&text("IDENTITY_AUDIENCES")?),
            allowed_origins: text("ALLOWED_ORIGINS")
                .ok()
                .map(|origins| list(&origins))
                .filter(|origins| !origins.iter().any(|origin| origin == "*")),
            dentist_group: text("DENTIST_GROUP").unwrap_or_else(|_| "dentists".to_owned()),
            send_burst: number(lookup, "SEND_BURST", 30)?,
            send_window: Duration::from_secs(number(lookup, "SEND_WINDOW_SECONDS", 10)?),
            revocations_max_age: Duration::from_secs(number(
                lookup,
                "REVOCATIONS_MAX_AGE_SECONDS",
                10,
            )?),
            correct_within: Duration::from_secs(number(lookup, "CORRECT_WITHIN_SECONDS", 86_400)?),
            auto_archive_days: match number(lookup, "AUTO_ARCHIVE_DAYS", 0_u16)? {
                0 => None,
                days => Some(i32::from(days)),
            },
            retention_days: match number(lookup, "RETENTION_DAYS", 0_u16)? {
                0 => None,
                days => Some(days),
            },
            records_bucket: text("RECORDS_BUCKET").ok(),
            tombstone_days: number(lookup, "TOMBSTONE_DAYS", 3650)?,
            redeliver_function: text("REDELIVER_FUNCTION").ok(),
            push: if needs.push { Some(PushConfig::read(lookup)?) } else { None },
        })
    }
}

/// What commas separate.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

fn number<T: FromStr>(
    lookup: Lookup,
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
            | "ALLOWED_ORIGINS"
            | "SEND_BURST"
            | "SEND_WINDOW_SECONDS"
            | "CORRECT_WITHIN_SECONDS"
            | "REVOCATIONS_MAX_AGE_SECONDS"
            | "DENTIST_GROUP"
            | "PUSH_HEADINGS"
            | "PUSH_CONTENTS"
            | "CA_BUNDLE"
            | "DATABASE_SECRET_ARN"
            | "JARVIS_SECRET_ARN"
            | "AUTO_ARCHIVE_DAYS"
            | "RETENTION_DAYS"
            | "TOMBSTONE_DAYS" => None,
            _ => Some(format!("value-of-{name}")),
        }
    }

    const BOTH: Needs = Needs { database: true, directory: true, push: true };

    #[test]
    fn defaults_fill_what_is_not_set() {
        let config = Config::read(BOTH, complete).unwrap();
        assert_eq!(config.statements, Statements::Named);
        assert_eq!(config.dentist_group, "dentists");
        assert_eq!(config.allowed_origins, None);
        assert_eq!((config.send_burst, config.send_window.as_secs()), (30, 10));
        assert_eq!(config.correct_within.as_secs(), 24 * 60 * 60);
    }

    #[test]
    fn origins_are_a_list_or_any() {
        for (variable, origins) in [
            ("*", None),
            ("https://a.test, *", None),
            ("https://a.test", Some(vec!["https://a.test"])),
            ("https://a.test, https://b.test", Some(vec!["https://a.test", "https://b.test"])),
        ] {
            let lookup = |name: &str| match name {
                "ALLOWED_ORIGINS" => Some(variable.to_owned()),
                _ => complete(name),
            };
            let allowed = Config::read(BOTH, lookup).unwrap().allowed_origins;
            let origins = origins.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(allowed, origins, "{variable}");
        }
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
        assert!(config.unwrap().jarvis.is_none());
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
        let access = Config::read(needs, lookup).ok().unwrap().database.unwrap();
        assert_eq!(access.url.unwrap().expose(), "postgres://h/chat");
        let message = Config::read(BOTH, lookup).err().unwrap().to_string();
        assert!(
            message.starts_with("environment variable JARVIS_URL is a JSON object"),
            "{message}"
        );
        assert!(!message.contains("canary"));
    }

    #[test]
    fn a_database_may_be_in_a_secret_alone() {
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some(String::new()),
            "DATABASE_SECRET_ARN" => Some("arn".to_owned()),
            _ => complete(name),
        };
        let access = Config::read(BOTH, lookup).unwrap().database.unwrap();
        assert!(access.url.is_none());
        assert_eq!(access.secret.as_deref(), Some("arn"));
    }
}
