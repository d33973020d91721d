//! Finding the machine's own server programs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Debian keeps servers here, outside a normal user's `PATH`.
const SYSTEM_FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/// The folder of PostgreSQL's server programs: from `PATH`, else the highest Debian version.
///
/// # Errors
/// When there is none, with the package to install.
pub fn postgres_folder() -> Result<PathBuf, Failure> {
    let complete =
        |folder: &Path| folder.join("postgres").is_file() && folder.join("initdb").is_file();
    let from_path = path_folders().into_iter().find(|folder| complete(folder));
    from_path
        .or_else(|| debian_postgres_folders().into_iter().find(|folder| complete(folder)))
        .ok_or_else(|| {
            Failure::new("no PostgreSQL server found: install it with `apt-get install postgresql`")
        })
}

/// `mariadbd` or `mariadb-install-db`, from `PATH` or the system's folders.
///
/// # Errors
/// When it is missing, with the package to install.
pub fn mariadb(program: &str) -> Result<PathBuf, Failure> {
    find(program).ok_or_else(|| {
        Failure::new(format!(
            "no MariaDB server found ({program} is missing): install it with `apt-get install mariadb-server`"
        ))
    })
}

/// A program by its name, if the machine has it.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let system = SYSTEM_FOLDERS.iter().map(PathBuf::from);
    path_folders()
        .into_iter()
        .chain(system)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// Whether this PostgreSQL has the library of `pg_stat_statements` beside it.
#[must_use]
pub fn has_statement_statistics(postgres_folder: &Path) -> bool {
    // What PATH names may be a link into the installation.
    let server = postgres_folder.join("postgres").canonicalize().unwrap_or_default();
    let Some(installation) = server.ancestors().nth(2) else { return false };
    ["lib", "lib/postgresql", "lib64", "lib64/pgsql"]
        .iter()
        .any(|folder| installation.join(folder).join("pg_stat_statements.so").is_file())
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn debian_postgres_folders() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}
