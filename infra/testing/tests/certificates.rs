//! A server that cannot show who it is gets no password: of neither driver, nor of `migrate`; and nobody's key
//! over HTTP.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat::{
    config::Access,
    directory::Directory,
    error::Cause,
    http::Http,
    identity::{Identity, Role},
    store,
    tls::Trust,
};
use chat_testing::{Dialect, Impostor, clock, new_id};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::{fs, sync::Arc};
use time::{Duration, OffsetDateTime};
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
};

/// Whoever knocks at a database, and with what words it is sent away.
#[derive(Clone, Copy, Debug)]
enum Client {
    Functions,
    Migrate,
    Directory,
}

const CLIENTS: [Client; 3] = [Client::Functions, Client::Migrate, Client::Directory];

impl Client {
    fn dialect(self) -> Dialect {
        match self {
            Self::Functions | Self::Migrate => Dialect::Postgres,
            Self::Directory => Dialect::MySql,
        }
    }

    async fn knock(self, url: &str, http: &Http) -> String {
        let access = Access::by_url("DATABASE_URL", url);
        let refused = match self {
            Self::Functions => store::Server::new(&access, http).unwrap().connect().await.map(drop),
            Self::Migrate => migrate::migrate(Some(&access), http).await.map(drop),
            Self::Directory => {
                let directory = Directory::new(Some(&access), clock::now, http).unwrap();
                let (role, subject) = (Role::Customer, new_id());
                let nobody = Identity { role, subject, verified_email: None, issued_at: 0 };
                directory.find(&nobody).await.map(drop)
            }
        };
        refused.as_ref().unwrap_err().cause().map(Cause::to_string).unwrap()
    }
}

/// An authority, which may be trusted.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::default();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(parameters, key), pem }
    }

    /// A server's certificate for this name, good until then.
    fn certify(&self, name: &str, until: OffsetDateTime) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut parameters = CertificateParams::new([name.to_owned()]).unwrap();
        (parameters.not_before, parameters.not_after) = (until - Duration::days(30), until);
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
            .into()
    }

    /// Who trusts it, by the file that `CA_BUNDLE` would name.
    fn trusted(&self) -> Http {
        let file = std::env::temp_dir().join(format!("{}.pem", new_id()));
        fs::write(&file, &self.pem).unwrap();
        let trust = Trust::new(Some(&file)).unwrap();
        fs::remove_file(file).unwrap();
        Http::new(trust)
    }
}

fn in_a_week() -> OffsetDateTime {
    OffsetDateTime::now_utc() + Duration::days(7)
}

/// Each client knocks at such a server, is told to go, and says neither password nor user.
async fn nobody_logs_in(http: &Http, tls: Option<Arc<ServerConfig>>, because: &str) {
    for client in CLIENTS {
        let impostor = Impostor::start(client.dialect(), tls.clone()).await;
        let cause = client.knock(&impostor.url(), http).await;
        assert!(cause.contains(because), "{client:?}: {cause}");
        assert!(!impostor.heard(Impostor::PASSWORD), "{client:?} showed its password");
        assert!(!impostor.heard(Impostor::USER), "{client:?} began to log in");
    }
}

#[tokio::test]
async fn whoever_is_trusted_hears_who_logs_in() {
    let authority = Authority::new("ours");
    let (http, tls) = (authority.trusted(), authority.certify("127.0.0.1", in_a_week()));
    for client in CLIENTS {
        let impostor = Impostor::start(client.dialect(), Some(tls.clone())).await;
        client.knock(&impostor.url(), &http).await;
        assert!(impostor.heard(Impostor::USER), "{client:?}");
        // MySQL's is never said as it is, even to who asks for it.
        let says_it = client.dialect() == Dialect::Postgres;
        assert_eq!(impostor.heard(Impostor::PASSWORD), says_it, "{client:?}");
    }
}

#[tokio::test]
async fn another_authority_gets_no_password() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let tls = theirs.certify("127.0.0.1", in_a_week());
    nobody_logs_in(&ours.trusted(), Some(tls), "UnknownIssuer").await;
}

#[tokio::test]
async fn another_name_gets_no_password() {
    let authority = Authority::new("ours");
    let tls = authority.certify("database.example.test", in_a_week());
    nobody_logs_in(&authority.trusted(), Some(tls), "certificate not valid for name").await;
}

#[tokio::test]
async fn an_expired_certificate_gets_no_password() {
    let authority = Authority::new("ours");
    let yesterday = OffsetDateTime::now_utc() - Duration::days(1);
    let tls = authority.certify("127.0.0.1", yesterday);
    nobody_logs_in(&authority.trusted(), Some(tls), "certificate expired").await;
}

/// As the push provider is told its key.
#[tokio::test]
async fn a_web_server_that_cannot_show_who_it_is_is_told_no_key() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let (name, yesterday) = ("127.0.0.1", OffsetDateTime::now_utc() - Duration::days(1));
    for (certificate, is_told) in [
        (ours.certify(name, in_a_week()), true),
        (theirs.certify(name, in_a_week()), false),
        (ours.certify("api.example.test", in_a_week()), false),
        (ours.certify(name, yesterday), false),
    ] {
        let impostor = Impostor::start(Dialect::Http, Some(certificate)).await;
        let http = ours.trusted();
        let request = http.client().unwrap().get(impostor.url());
        let request = request.header("authorization", format!("Key {}", Impostor::PASSWORD));
        let answer = http.execute(request.build().unwrap()).await;
        assert_eq!((answer.is_ok(), impostor.heard(Impostor::PASSWORD)), (is_told, is_told));
    }
}

#[tokio::test]
async fn a_server_without_tls_gets_no_password() {
    nobody_logs_in(&Authority::new("ours").trusted(), None, "offers no TLS").await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_password() {
    let authority = Authority::new("ours");
    let tls = authority.certify("127.0.0.1", in_a_week());
    // Mozilla's and Amazon's roots alone.
    nobody_logs_in(&Http::default(), Some(tls), "UnknownIssuer").await;
}
