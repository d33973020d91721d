//! One TLS for everything that is ours to configure: rustls with ring and Mozilla's roots. (ring,
//! because aws-lc spends tens of milliseconds on entropy at every cold start.)

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::Arc;

/// A client configuration that verifies servers against Mozilla's roots.
///
/// # Panics
/// If ring stopped supporting TLS 1.2 and 1.3.
#[must_use]
pub fn client_config() -> ClientConfig {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions();
    match versions {
        Ok(builder) => builder.with_root_certificates(roots).with_no_client_auth(),
        Err(error) => unreachable!("ring supports the default TLS versions: {error}"),
    }
}
