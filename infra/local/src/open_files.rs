//! How many files and sockets the stack may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than any test opens, and not "unlimited": MariaDB inherits the limit and keeps memory for as
/// many files as it allows, which is gigabytes where containers allow a billion.
const ENOUGH: u64 = 65_536;

/// Raises the soft limit, which is 1,024 on most machines, to the hard one or to 65,536.
pub fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if limit.current.is_some_and(|current| current < wanted) {
        // Up to the hard limit is everybody's right; without it the stack runs too.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit });
    }
}
