//! A stack whose functions die where they are told to.

use crate::program_folder::ProgramFolder;
use chat_e2e::{PrivateStack, Stack};
use std::time::Duration;

/// How long dying may take.
pub(super) const SOON: Duration = Duration::from_secs(15);
/// Runs of `redeliver` within which everything must have happened.
pub(super) const RUNS: usize = 2;

/// A stack whose `send-message`, `mark-read` and `redeliver` can be told where to die.
pub struct MortalStack {
    folder: ProgramFolder,
    pub(super) stack: PrivateStack,
}

impl MortalStack {
    /// Starts one.
    ///
    /// # Panics
    /// When the programs with fail points are not built.
    #[must_use]
    pub fn start() -> Self {
        let folder = ProgramFolder::new().unwrap_or_else(|error| panic!("{error}"));
        let programs = folder.path().to_str().expect("a path of ours is text");
        // The schedule stays out of the way: runs are counted here.
        let settings = [
            ("FUNCTIONS_DIR", programs),
            ("REDELIVER_EVERY_SECONDS", "100000"),
            ("SEND_BURST", "0"),
        ];
        let stack = PrivateStack::start(&settings);
        Self { folder, stack }
    }

    /// From now on functions die as told; those that live already are replaced.
    pub(super) async fn tell(&self, stack: &Stack, told: &[(&str, Option<&str>)]) {
        for (function, point) in told {
            self.folder.set(function, *point);
            stack.kill(function).await;
        }
    }
}

/// How many processes have said that they die there.
pub(super) fn deaths(stack: &Stack, fail_point: &str) -> usize {
    // The name ends with the line.
    let line = format!("the process dies at the fail point {fail_point}\n");
    stack.log().matches(&line).count()
}
