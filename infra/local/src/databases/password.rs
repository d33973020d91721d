//! The password of a folder's database servers.

use std::fs;
use std::path::Path;

use chat_endpoints::write_private_file;
use rand::distr::{Alphanumeric, SampleString};

use crate::failure::Failure;

const PASSWORD_LENGTH: usize = 24;

/// The passwords of this folder's servers: made on the first start, the same ever after.
///
/// # Errors
/// When the file can be neither read nor written.
pub fn password(local_folder: &Path) -> Result<String, Failure> {
    let file = local_folder.join("database-password");
    if let Ok(password) = fs::read_to_string(&file)
        && password.len() == PASSWORD_LENGTH
    {
        return Ok(password);
    }
    let password = Alphanumeric.sample_string(&mut rand::rng(), PASSWORD_LENGTH);
    write_private_file(&file, password.as_bytes())
        .map_err(Failure::of(format!("cannot write {}", file.display())))?;
    Ok(password)
}
