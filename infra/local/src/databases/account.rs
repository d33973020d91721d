//! Who a server runs as: PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::geteuid;
use tokio::process::Command;

use super::binaries;
use crate::failure::Failure;

/// An unprivileged account of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to drop to: none for a normal user, `postgres` or else `nobody` for root.
    ///
    /// # Errors
    /// When root has neither.
    pub fn to_drop_to() -> Result<Option<Self>, Failure> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let accounts =
            fs::read_to_string("/etc/passwd").map_err(Failure::of("cannot read /etc/passwd"))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::parse(&accounts, name))
            .map(Some)
            .ok_or_else(|| {
                Failure::new("PostgreSQL does not run as root, and there is no account to drop to")
            })
    }

    /// Makes the command run as this account.
    pub fn apply(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives it a file or a folder.
    ///
    /// # Errors
    /// When that is not ours to give.
    pub fn own(self, path: &Path) -> std::io::Result<()> {
        chown(path, Some(self.uid), Some(self.gid))
    }

    fn parse(accounts: &str, name: &str) -> Option<Self> {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some(Self { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    }

    /// Asks the kernel, as this account: a parent folder may be closed to it.
    async fn can_reach(self, folder: &Path) -> bool {
        // Without the program, the server itself will tell.
        let Some(test) = binaries::find("test") else { return true };
        let mut test = Command::new(test);
        test.arg("-x").arg(folder).stdin(Stdio::null()).current_dir("/");
        self.apply(&mut test);
        test.status().await.is_ok_and(|status| status.success())
    }
}

/// A folder that belongs to the account and that it can reach.
///
/// Normally `folder` itself. Where a parent is closed to the account (a clone under `/root`), it is
/// a fresh one under `/var/tmp`, and `folder` a symbolic link to it.
///
/// # Errors
/// When neither can be made.
pub async fn private_folder(folder: &Path, account: Option<Account>) -> Result<PathBuf, Failure> {
    let problem = || Failure::of(format!("cannot prepare {}", folder.display()));
    if folder.is_symlink() && !folder.exists() {
        fs::remove_file(folder).map_err(problem())?;
    }
    if !folder.exists() {
        create_for(folder, account).map_err(problem())?;
    }
    let real = folder.canonicalize().map_err(problem())?;
    let Some(account) = account else { return Ok(real) };
    if account.can_reach(&real).await {
        return Ok(real);
    }
    fs::remove_dir(folder).map_err(problem())?;
    let elsewhere = PathBuf::from(format!("/var/tmp/chat-local-{}", uuid::Uuid::new_v4().simple()));
    create_for(&elsewhere, Some(account)).map_err(problem())?;
    symlink(&elsewhere, folder).map_err(problem())?;
    Ok(elsewhere)
}

fn create_for(folder: &Path, account: Option<Account>) -> std::io::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(folder)?;
    if let Some(account) = account {
        account.own(folder)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Account;

    #[test]
    fn an_account_is_read_from_its_own_line() {
        let accounts =
            "root:x:0:0::/:/bin/sh\npostgresql:x:7:7::/:\npostgres:x:101:104::/:/bin/bash\n";
        let account = Account::parse(accounts, "postgres").unwrap();
        assert_eq!((account.uid, account.gid), (101, 104));
        assert!(Account::parse(accounts, "nobody").is_none());
    }
}
