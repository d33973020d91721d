//! Programs that make a data directory: `initdb`, `mariadb-install-db`.

use std::process::Stdio;

use rustix::process::Pid;
use tokio::process::Command;

use super::process_family;
use crate::failure::Failure;

/// Runs an installer to its end. When this is dropped before, the installer and all that it started
/// are gone.
///
/// # Errors
/// When it cannot be started or fails, with what it called an error.
pub async fn run(mut command: Command, what: &str) -> Result<(), Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.current_dir("/").process_group(0).spawn();
    let child = child.map_err(Failure::of(format!("cannot create {what}")))?;
    let _group = Group(child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)));
    let output = child.wait_with_output().await;
    let output = output.map_err(Failure::of(format!("cannot create {what}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("cannot create {what}: {}", reason(&said))))
}

/// What an installer that failed called an error, in one line, or else the last thing it said.
fn reason(said: &str) -> String {
    let errors: Vec<_> =
        said.lines().filter(|line| line.to_lowercase().contains("error")).collect();
    if errors.is_empty() {
        return said.lines().last().unwrap_or("the installer failed without a word").to_owned();
    }
    errors.join("; ")
}

/// A process group that ends with this value.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            process_family::kill_group(leader);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn every_error_is_named_and_not_only_that_it_gives_up() {
        let said = "starting\n[ERROR] the disk is full\nwaiting\n[ERROR] Aborting\n";
        assert_eq!(reason(said), "[ERROR] the disk is full; [ERROR] Aborting");
        assert_eq!(reason("starting\nno such file\n"), "no such file");
        assert_eq!(reason(""), "the installer failed without a word");
    }
}
