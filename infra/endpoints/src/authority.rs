//! Connecting to a stack's parts over TLS: they are known to the stack's own certificate authority.

use mysql_async::{Opts, OptsBuilder, SslOpts, UrlError};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use tokio_postgres::{Client, Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A certificate authority that is trusted, and no other is.
#[derive(Clone, Debug)]
pub struct Authority {
    file: PathBuf,
    roots: RootCertStore,
}

impl Authority {
    /// The one of this PEM file.
    ///
    /// # Errors
    /// When the file is none; names it.
    pub fn read(file: &Path) -> io::Result<Self> {
        let problem =
            |error: String| io::Error::other(format!("cannot read {}: {error}", file.display()));
        let pem = fs::read(file).map_err(|error| problem(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
        match roots.add_parsable_certificates(certificates) {
            (0, _) => Err(problem("there is no certificate in it".to_owned())),
            _ => Ok(Self { file: file.to_owned(), roots }),
        }
    }

    /// What verifies servers against it.
    #[must_use]
    pub fn client_config(&self) -> ClientConfig {
        // Fails only when it has been decided before; all of ours use it.
        let _ = ring::default_provider().install_default();
        ClientConfig::builder().with_root_certificates(self.roots.clone()).with_no_client_auth()
    }

    /// A connection to PostgreSQL, over TLS unless the URL says `sslmode=disable`. Its driver is a task
    /// of its own.
    ///
    /// # Errors
    /// The driver's.
    pub async fn postgres(&self, url: &str) -> Result<Client, tokio_postgres::Error> {
        self.postgres_as(&url.parse()?).await
    }

    /// The same, with whatever the configuration says.
    ///
    /// # Errors
    /// The driver's.
    pub async fn postgres_as(&self, config: &Config) -> Result<Client, tokio_postgres::Error> {
        let mut config = config.clone();
        if config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Require);
        }
        let (client, connection) =
            config.connect(MakeRustlsConnect::new(self.client_config())).await?;
        tokio::spawn(async move { connection.await.ok() });
        Ok(client)
    }

    /// How to connect to MySQL, over TLS unless the URL says `require_ssl=false`.
    ///
    /// # Errors
    /// When it is no MySQL URL.
    pub fn mysql(&self, url: &str) -> Result<Opts, UrlError> {
        let _ = ring::default_provider().install_default();
        let ssl = SslOpts::default()
            .with_root_certs(vec![self.file.clone().into()])
            .with_disable_built_in_roots(true);
        let ssl = (!url.contains("require_ssl=false")).then_some(ssl);
        let builder = OptsBuilder::from_opts(Opts::from_url(url)?);
        Ok(builder.ssl_opts(ssl).prefer_socket(false).into())
    }
}
