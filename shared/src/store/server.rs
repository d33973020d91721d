//! The server that statements go to: where it is, and how one logs in there.

use super::{connection::open, failure::describe};
use crate::{
    clock,
    config::{Access, Secret},
    database_url::postgres_config,
    error::{Cause, Error},
    http::Http,
    iam,
    login::{Credentials, Login},
};
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::{
    Client, Config,
    config::{Host, SslMode, TargetSessionAttrs},
    error::SqlState,
};

/// How long connecting may take.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A `PostgreSQL` server.
pub struct Server {
    login: Login,
    http: Http,
}

/// Why nobody was let in.
enum Refusal {
    /// The password is not the user's (any more).
    Password(Cause),
    /// Anything else.
    Other(Cause),
}

impl Server {
    /// The server of this URL, this secret, or both.
    ///
    /// # Errors
    /// When the URL is not a `PostgreSQL` URL: says what of it is not understood.
    pub fn new(access: &Access, http: &Http) -> Result<Self, Cause> {
        let login = Login::new(access, http);
        login.url().map(|url| postgres_config(login.variable(), url)).transpose()?;
        Ok(Self { login, http: http.clone() })
    }

    /// Opens a connection. When the password is refused and there may be a newer one, once more with
    /// that: whoever rotates it need not tell anyone.
    ///
    /// # Errors
    /// [`Error::Unavailable`], with what the server says; [`Error::Internal`] when there is nothing to
    /// connect to, or no password.
    pub async fn connect(&self) -> Result<Client, Error> {
        let credentials = self.credentials().await?;
        let cause = match self.attempt(&credentials).await? {
            Ok(client) => return Ok(client),
            Err(Refusal::Password(_)) if self.login.refused(&credentials).await => {
                match self.attempt(&self.credentials().await?).await? {
                    Ok(client) => return Ok(client),
                    Err(Refusal::Password(cause) | Refusal::Other(cause)) => cause,
                }
            }
            Err(Refusal::Password(cause) | Refusal::Other(cause)) => cause,
        };
        Err(Error::Unavailable(cause))
    }

    async fn credentials(&self) -> Result<Credentials, Error> {
        self.login.credentials(clock::now()).await.map_err(Error::Unavailable)
    }

    async fn attempt(&self, credentials: &Credentials) -> Result<Result<Client, Refusal>, Error> {
        let config = config(self.login.variable(), credentials).map_err(Error::Internal)?;
        let Ok(opened) = timeout(CONNECT_TIMEOUT, open(&config, self.http.trust())).await else {
            let cause = Cause::new("connecting to PostgreSQL took too long");
            return Ok(Err(Refusal::Other(cause)));
        };
        Ok(opened.map_err(|error| {
            let cause = describe("connecting to PostgreSQL", &error);
            let about_password =
                [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION];
            let is_it = error.code().is_some_and(|code| about_password.contains(code));
            if is_it { Refusal::Password(cause) } else { Refusal::Other(cause) }
        }))
    }
}

fn config(variable: &'static str, credentials: &Credentials) -> Result<Config, Cause> {
    let mut config = postgres_config(variable, &credentials.url)?;
    config.connect_timeout(CONNECT_TIMEOUT).application_name("chat");
    // After a failover a stale address may lead to what is now a reader.
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    if let Some(user) = &credentials.user {
        config.user(user);
    }
    if let Some(password) = &credentials.password {
        config.password(password.expose());
    } else if config.get_password().is_none() && config.get_ssl_mode() == SslMode::Require {
        let token = token(variable, &config)?;
        config.password(token.expose());
    }
    Ok(config)
}

/// A password for a URL that has none. It is shown over TLS only.
fn token(variable: &str, config: &Config) -> Result<Secret, Cause> {
    let [Host::Tcp(host)] = config.get_hosts() else {
        return Err(Cause::new(format!(
            "{variable} has no password, and not one host to sign for"
        )));
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let user = config.get_user().unwrap_or_default();
    iam::token(iam::Place { host, port, user }, clock::now())
}
