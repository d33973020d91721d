//! As many sends as can be acknowledged.

use crate::{environment::Function, event, senders};
use futures_util::future::join_all;
use rand::random_range;
use std::time::{Duration, Instant};

/// Environments, senders, and clients of pgbench.
pub const CLIENTS: usize = 16;
/// How long a measurement takes.
pub const SECONDS: u64 = 6;

/// Sends from all clients, each as soon as it has its last answer; acknowledged sends a second.
pub async fn acknowledged(function: &Function, (first, last): (i64, i64)) -> f64 {
    let began = Instant::now();
    let until = began + Duration::from_secs(SECONDS);
    let clients = (0..CLIENTS).map(async |_| {
        let mut sends = 0_u32;
        while Instant::now() < until {
            let event = event::send(&senders::dentist(), random_range(first..=last));
            function.invoke(event).await.expect(201);
            sends += 1;
        }
        sends
    });
    let sends: u32 = join_all(clients).await.into_iter().sum();
    f64::from(sends) / began.elapsed().as_secs_f64()
}
