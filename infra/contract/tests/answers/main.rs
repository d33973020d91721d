//! Every outcome that the contract has for an operation is one that the running service gives, and
//! every answer that it gives is as described.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod everywhere;
mod operations;
mod tour;
mod trouble;

use chat_contract::Outcome;
use chat_e2e::PrivateStack;
use std::collections::BTreeSet;
use tour::Tour;

/// Outcomes that no client can bring about here: the stack's gateway has no account-wide limit, a
/// healthy function outlasts its own deadlines, and `internal` is a mistake of ours.
const NOT_TO_BE_HAD: [(u16, &str); 3] = [(429, "gateway"), (503, "gateway"), (500, "internal")];

#[test]
fn every_described_outcome_is_given_and_every_given_one_described() {
    // Its own stack, because its databases are stopped.
    let stack = PrivateStack::start(&[("SEND_WINDOW_SECONDS", "600")]);
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tour = threads.block_on(async {
        let tour = Tour::new(stack.stack());
        everywhere::visit(&tour).await;
        operations::visit(&tour).await;
        trouble::visit(&tour).await;
        tour
    });
    let seen = tour.seen();
    let is_to_be_had =
        |outcome: &Outcome| !NOT_TO_BE_HAD.contains(&(outcome.status, outcome.code.as_str()));
    let described: BTreeSet<Outcome> =
        tour.contract.outcomes().into_iter().filter(is_to_be_had).collect();
    let missing: Vec<String> = described.difference(&seen).map(ToString::to_string).collect();
    assert!(missing.is_empty(), "described, but not given:\n{}", missing.join("\n"));
    assert!(seen.is_subset(&described));
}
