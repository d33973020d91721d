//! Ports for the database servers.

use std::net::{Ipv4Addr, TcpListener};

use rand::Rng;

use crate::failure::Failure;

/// A port that nobody listens on, and that the kernel gives to no outgoing connection either
/// (those start at 32768): a server that is down finds it free again.
pub(super) fn free_port() -> Result<u16, Failure> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    (0..100)
        .map(|_| rand::rng().random_range(12_000..20_000))
        .find(is_free)
        .ok_or_else(|| Failure::new("no free port for a database between 12000 and 20000"))
}
