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
/// When it cannot be started or fails, with the last line that it said.
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
    let lines = String::from_utf8_lossy(&output.stderr);
    let reason = lines.lines().last().unwrap_or("the installer failed without a word");
    Err(Failure::new(format!("cannot create {what}: {reason}")))
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
