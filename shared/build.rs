//! Reads the roots of Amazon RDS when the library is built, and not at every cold start.

use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use std::{env, error::Error, fmt::Write as _, fs, path::Path};

const ROOTS: &str = "certificates/rds.pem";

#[allow(clippy::disallowed_macros, reason = "this is how a build script speaks to cargo")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={ROOTS}");
    let mut roots = String::new();
    for root in CertificateDer::pem_slice_iter(&fs::read(ROOTS)?) {
        writeln!(roots, "&{:?},", root?.as_ref())?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("rds.rs"), format!("[{roots}]"))?;
    Ok(())
}
