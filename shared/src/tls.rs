//! One TLS for everything that is ours to configure: rustls with ring. (ring, because aws-lc spends
//! tens of milliseconds on entropy at every cold start.) Whom it trusts: Mozilla's roots; for databases
//! also Amazon RDS's, which Mozilla does not have; and those of a file of one's own.

use crate::error::Cause;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use std::{
    borrow::Cow,
    error::Error,
    fs, io,
    path::Path,
    sync::{Arc, OnceLock},
};

/// The roots of Amazon RDS, of `certificates/rds.pem`, which `infra/tools/renew-rds-certificates` writes.
static RDS: &[&[u8]] = &include!(concat!(env!("OUT_DIR"), "/rds.rs"));

/// Whom a program trusts to say who a server is. Clones share what is made of it.
#[derive(Clone, Debug, Default)]
pub struct Trust(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    /// Certificates of one's own, as PEM.
    bundle: Vec<u8>,
    databases: OnceLock<ClientConfig>,
}

impl Trust {
    /// The usual roots, and beside them those of a PEM file.
    ///
    /// # Errors
    /// When the file cannot be read, or has no certificate in it.
    pub fn new(bundle: Option<&Path>) -> Result<Self, Cause> {
        let Some(file) = bundle else { return Ok(Self::default()) };
        let unreadable = |_| Cause::new("the file that CA_BUNDLE names cannot be read");
        let bundle = fs::read(file).map_err(unreadable)?;
        if certificates(&bundle).next().is_none() {
            return Err(Cause::new("the file that CA_BUNDLE names has no certificate in it"));
        }
        Ok(Self(Arc::new(Parts { bundle, databases: OnceLock::new() })))
    }

    /// A configuration that verifies HTTP servers.
    #[must_use]
    pub fn of_http(&self) -> ClientConfig {
        config(certificates(&self.0.bundle))
    }

    /// A configuration that verifies database servers.
    #[must_use]
    pub fn of_databases(&self) -> ClientConfig {
        let own = certificates(&self.0.bundle);
        self.0.databases.get_or_init(|| config(rds().chain(own))).clone()
    }

    /// The certificates beside Mozilla's for database servers, in DER, for a driver that makes its
    /// configuration itself. It takes the process's cryptography, so that is decided here.
    pub(crate) fn beside_mozilla(&self) -> impl Iterator<Item = Cow<'static, [u8]>> {
        // Fails only when it has been decided before.
        let _ = ring::default_provider().install_default();
        let own = certificates(&self.0.bundle).map(|own| Cow::Owned(own.to_vec()));
        RDS.iter().copied().map(Cow::Borrowed).chain(own)
    }
}

/// Why a server's certificate was refused, if that is what an error is about. rustls names what is
/// wrong with the certificate, and nothing that is secret.
#[must_use]
pub fn refusal(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let inner = inner.map(|inner| inner as &(dyn Error + 'static));
        if let Some(refused) = inner.unwrap_or(error).downcast_ref::<rustls::Error>() {
            return Some(refused.to_string());
        }
        cause = error.source();
    }
    None
}

fn config(beside_mozilla: impl Iterator<Item = CertificateDer<'static>>) -> ClientConfig {
    let mut roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    roots.add_parsable_certificates(beside_mozilla);
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions();
    match versions {
        Ok(builder) => builder.with_root_certificates(roots).with_no_client_auth(),
        Err(error) => unreachable!("ring supports the default TLS versions: {error}"),
    }
}

fn rds() -> impl Iterator<Item = CertificateDer<'static>> {
    RDS.iter().copied().map(CertificateDer::from)
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_root_of_rds_is_trusted() {
        let mut roots = RootCertStore::empty();
        let (added, ignored) = roots.add_parsable_certificates(rds());
        assert_eq!((added, ignored), (81, 0));
    }

    #[test]
    fn a_bundle_without_a_certificate_is_refused_at_the_start() {
        let folder = std::env::temp_dir();
        for file in [folder.join("there-is-no-such-file.pem"), folder] {
            let problem = Trust::new(Some(&file)).unwrap_err().to_string();
            assert!(problem.contains("CA_BUNDLE"), "{problem}");
        }
        let nothing = Trust::new(Some(Path::new("/dev/null"))).unwrap_err().to_string();
        assert!(nothing.ends_with("has no certificate in it"), "{nothing}");
    }
}
