//! Holds each environment to its share of a core, as Lambda does by its memory.
//!
//! Lambda lets a process run for its share of each 20 ms and stops it for the rest. So does this, by
//! SIGSTOP and SIGCONT: that works as root and as anyone, in a container and outside. It looks at the
//! time that the process has used, so that one which mostly waits is never stopped.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use nix::time::{clock_getcpuclockid, clock_gettime};

use super::cpu_share::CpuShare;
use super::environment::Environment;

/// Between two looks at what environments have used.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The thread that watches; it ends when this is dropped.
pub(super) struct Governor {
    share: CpuShare,
    accounts: Arc<Mutex<Vec<Account>>>,
}

/// What an environment may use.
struct Account {
    environment: Weak<Environment>,
    /// In seconds of a core; below 0 it waits.
    credit: f64,
    looked_at: Instant,
    /// What it had used by then, in seconds.
    used: f64,
}

impl Governor {
    pub(super) fn start(share: CpuShare) -> io::Result<Self> {
        let accounts = Arc::<Mutex<Vec<Account>>>::default();
        let watched = Arc::downgrade(&accounts);
        thread::Builder::new().name("governor".to_owned()).spawn(move || {
            while let Some(accounts) = watched.upgrade() {
                let mut accounts = accounts.lock().unwrap_or_else(PoisonError::into_inner);
                accounts.retain_mut(|account| account.settle(share));
                drop(accounts);
                thread::sleep(LOOK_AGAIN);
            }
        })?;
        Ok(Self { share, accounts })
    }

    /// Watches an environment from its start on.
    pub(super) fn watch(&self, environment: &Arc<Environment>) {
        let account = Account {
            environment: Arc::downgrade(environment),
            credit: self.share.quota(),
            looked_at: Instant::now(),
            used: 0.0,
        };
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner).push(account);
    }
}

impl Account {
    /// Holds the environment, or lets it go on; false when it is no more.
    fn settle(&mut self, share: CpuShare) -> bool {
        let Some(environment) = self.environment.upgrade() else { return false };
        let now = Instant::now();
        let passed = now.duration_since(std::mem::replace(&mut self.looked_at, now));
        let quota = share.quota();
        self.credit = (self.credit + share.of_a_core() * passed.as_secs_f64()).min(quota);
        if let Some(used) =
            environment.awake().and_then(|process| seconds_used(process.as_raw_pid()))
        {
            self.credit -= used - std::mem::replace(&mut self.used, used);
        }
        if self.credit < 0.0 {
            environment.hold(true);
        } else if self.credit >= quota / 2.0 {
            environment.hold(false);
        }
        true
    }
}

/// What all threads of a process have used, ended ones too; `None` once it has ended.
fn seconds_used(process: i32) -> Option<f64> {
    let clock = clock_getcpuclockid(nix::unistd::Pid::from_raw(process)).ok()?;
    Some(Duration::from(clock_gettime(clock).ok()?).as_secs_f64())
}
