//! The stack's own certificate authority: made at the first start, it signs a certificate for this
//! machine at every start.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chat_endpoints::Authority;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

use crate::failure::Failure;

const PROBLEM: &str = "cannot make the stack's certificates";
const NAME: &str = "The chat's local stack";
/// Clocks may differ, and a folder may be copied to another machine.
const VALID_SINCE: Duration = Duration::days(1);
const AUTHORITY_VALID_FOR: Duration = Duration::days(3650);
const SERVER_VALID_FOR: Duration = Duration::days(365);

/// Who is served: this machine.
const NAMES: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

/// The authority, and a certificate by it for the servers of this stack.
#[derive(Clone, Debug)]
pub struct CertificateAuthority {
    /// What clients trust, as PEM: this authority, and those of running servers.
    pub file: PathBuf,
    /// The servers' certificate, as PEM.
    pub certificate: String,
    /// Its key, as PEM.
    pub key: String,
}

impl CertificateAuthority {
    /// The authority of a stack's folder. Certificates of other authorities, which the databases of
    /// `DATABASE_URL` and `JARVIS_URL` may be known by, go into the same file.
    ///
    /// # Errors
    /// When the folder cannot be written to, or the others' file cannot be read.
    pub fn open(folder: &Path, others: Option<&Path>) -> Result<Self, Failure> {
        let kept = folder.join("authority");
        fs::create_dir_all(&kept).map_err(Failure::of(PROBLEM))?;
        let (key_file, certificate_file) = (kept.join("key.pem"), kept.join("certificate.pem"));
        let made = (fs::read_to_string(&key_file), fs::read_to_string(&certificate_file));
        let (key, certificate) = if let (Ok(key), Ok(certificate)) = made {
            (key, certificate)
        } else {
            let (key, certificate) = root().map_err(Failure::of(PROBLEM))?;
            write(&key_file, &key, 0o600).map_err(Failure::of(PROBLEM))?;
            write(&certificate_file, &certificate, 0o644).map_err(Failure::of(PROBLEM))?;
            (key, certificate)
        };
        let mut trusted = certificate;
        if let Some(others) = others {
            let unreadable = format!("cannot read CA_BUNDLE, {}", others.display());
            trusted += &fs::read_to_string(others).map_err(Failure::of(unreadable))?;
        }
        let file = folder.join(chat_endpoints::CA);
        write(&file, &trusted, 0o644).map_err(Failure::of(PROBLEM))?;
        let issuer = KeyPair::from_pem(&key).map(|key| Issuer::new(root_parameters(), key));
        let server = issuer.and_then(|issuer| server(&issuer));
        let (certificate, key) = server.map_err(Failure::of(PROBLEM))?;
        Ok(Self { file, certificate, key })
    }

    /// What connects to the servers.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn trusted(&self) -> Result<Authority, Failure> {
        Authority::read(&self.file).map_err(|error| Failure::new(error.to_string()))
    }

    /// What serves HTTPS.
    ///
    /// # Errors
    /// When the certificate is none.
    pub fn server_config(&self) -> Result<Arc<ServerConfig>, Failure> {
        let chain = CertificateDer::from_pem_slice(self.certificate.as_bytes());
        let key =
            PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(Failure::of(PROBLEM))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Failure::of(PROBLEM))?
            .with_no_client_auth()
            .with_single_cert(vec![chain.map_err(Failure::of(PROBLEM))?], key);
        config.map(Arc::new).map_err(Failure::of(PROBLEM))
    }

    /// Writes the servers' certificate and key into a folder; the key is for its owner only.
    ///
    /// # Errors
    /// When it cannot be written to.
    pub fn write_to(&self, folder: &Path) -> std::io::Result<ServerFiles> {
        let files = ServerFiles {
            certificate: folder.join("server-certificate.pem"),
            key: folder.join("server-key.pem"),
        };
        write(&files.certificate, &self.certificate, 0o644)?;
        write(&files.key, &self.key, 0o600)?;
        Ok(files)
    }
}

/// A server's certificate and its key.
#[derive(Clone, Debug)]
pub struct ServerFiles {
    /// PEM.
    pub certificate: PathBuf,
    /// PEM.
    pub key: PathBuf,
}

fn root() -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let certificate = root_parameters().self_signed(&key)?;
    Ok((key.serialize_pem(), certificate.pem()))
}

/// The same at every start, so that what is signed fits the certificate of the first.
fn root_parameters() -> CertificateParams {
    let mut root = parameters(AUTHORITY_VALID_FOR);
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    root.distinguished_name.push(DnType::CommonName, NAME);
    root
}

fn server(issuer: &Issuer<'_, KeyPair>) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut server = CertificateParams::new(NAMES.map(str::to_owned))?;
    let dates = parameters(SERVER_VALID_FOR);
    (server.not_before, server.not_after) = (dates.not_before, dates.not_after);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    server.distinguished_name = dates.distinguished_name;
    server.distinguished_name.push(DnType::CommonName, "localhost");
    Ok((server.signed_by(&key, issuer)?.pem(), key.serialize_pem()))
}

fn parameters(valid_for: Duration) -> CertificateParams {
    let now = OffsetDateTime::now_utc();
    let mut parameters = CertificateParams::default();
    (parameters.not_before, parameters.not_after) = (now - VALID_SINCE, now + valid_for);
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
}

/// Anew, so that whoever had it open keeps what it had, and the mode is what it should be.
fn write(file: &Path, content: &str, mode: u32) -> std::io::Result<()> {
    let _ = fs::remove_file(file);
    let mut open = fs::OpenOptions::new().create_new(true).write(true).mode(mode).open(file)?;
    open.write_all(content.as_bytes())
}
