//! Where a database is, and where its password is.

use super::{
    secret::{Secret, URL_KEYS},
    variables::{ConfigError, Lookup, stored, text},
};

/// How a database may be reached: by its URL, by a secret in Secrets Manager, or by both.
///
/// | URL | secret | what is the password |
/// |---|---|---|
/// | with one | – | that |
/// | without one | – | a token of RDS IAM authentication, made for each connection |
/// | any | a password, or a JSON object with `username` and `password` as RDS makes it | that |
/// | – | a URL, or a JSON object with `url` | that of the URL |
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// What the URL is called wherever it is at fault.
    pub variable: &'static str,
    /// The URL of the environment.
    pub url: Option<Secret>,
    /// The secret's ARN or name.
    pub secret: Option<String>,
}

impl Access {
    /// By a URL alone.
    #[must_use]
    pub fn by_url(variable: &'static str, url: impl Into<String>) -> Self {
        Self { variable, url: Some(Secret::from(url.into())), secret: None }
    }

    /// From the variables of these names, at least one of which must be there.
    pub(super) fn read(
        lookup: Lookup,
        variable: &'static str,
        secret_variable: &'static str,
    ) -> Result<Self, ConfigError> {
        let secret = text(lookup, secret_variable).ok();
        let url = match text(lookup, variable) {
            Ok(url) => Some(stored(variable, &url, &URL_KEYS)?),
            Err(_) if secret.is_some() => None,
            Err(missing) => return Err(missing),
        };
        Ok(Self { variable, url, secret })
    }
}
