//! Jarvis's server: where it is, and how one logs in there.

use super::{failure::Failure, sql};
use crate::{
    config::{Access, Secret},
    error::Cause,
    http::Http,
    iam,
    login::{Credentials, Login},
};
use mysql_async::{Conn, Opts, OptsBuilder};
use std::time::{Duration, SystemTime};
use tokio::time::timeout;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(900);

/// A MySQL server.
pub(super) struct Server {
    login: Login,
    /// What the URL of the environment says.
    options: Option<Opts>,
    http: Http,
    now: fn() -> SystemTime,
}

impl Server {
    /// The server of this URL, this secret, or both.
    ///
    /// # Errors
    /// When the URL is not a MySQL URL: says what of it is not understood.
    pub(super) fn new(
        access: &Access,
        http: &Http,
        now: fn() -> SystemTime,
    ) -> Result<Self, Cause> {
        let login = Login::new(access, http);
        let options = login.url().map(|url| sql::options(url, http.trust())).transpose()?;
        Ok(Self { login, options, http: http.clone(), now })
    }

    /// Opens a connection. When the password is refused and there may be a newer one, once more with
    /// that: whoever rotates it need not tell anyone.
    pub(super) async fn connect(&self) -> Result<Conn, Failure> {
        let credentials = self.credentials().await?;
        match self.attempt(&credentials).await {
            Err(Failure::Password(_)) if self.login.refused(&credentials).await => {
                self.attempt(&self.credentials().await?).await
            }
            answer => answer,
        }
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        self.login.credentials((self.now)()).await.map_err(Failure::Refused)
    }

    async fn attempt(&self, credentials: &Credentials) -> Result<Conn, Failure> {
        let options = self.options(credentials).map_err(Failure::Refused)?;
        match timeout(CONNECT_TIMEOUT, Conn::new(options)).await {
            Ok(connected) => connected.map_err(|error| Failure::of(&error)),
            Err(_) => Err(Failure::Silent(Cause::new("connecting to Jarvis took too long"))),
        }
    }

    fn options(&self, credentials: &Credentials) -> Result<Opts, Cause> {
        let options = match &self.options {
            Some(options) if credentials.is_about(self.login.url()) => options.clone(),
            _ => sql::options(&credentials.url, self.http.trust())?,
        };
        let is_given = credentials.password.is_some() || options.pass().is_some();
        let token = (!is_given && options.ssl_opts().is_some()).then(|| self.token(&options));
        let mut builder = OptsBuilder::from_opts(options);
        if let Some(user) = &credentials.user {
            builder = builder.user(Some(user));
        }
        if let Some(password) = &credentials.password {
            builder = builder.pass(Some(password.expose()));
        } else if let Some(token) = token.transpose()? {
            // The server asks for the token as it is; it is shown over TLS only.
            builder = builder.pass(Some(token.expose())).enable_cleartext_plugin(true);
        }
        Ok(builder.into())
    }

    fn token(&self, options: &Opts) -> Result<Secret, Cause> {
        let (host, port) = (options.ip_or_hostname(), options.tcp_port());
        let user = options.user().unwrap_or_default();
        iam::token(iam::Place { host, port, user }, (self.now)())
    }
}
