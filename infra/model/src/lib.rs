//! A model of delivery: change → outbox → frame → push, in every order of what can go wrong.
//!
//! One message from a dentist to a customer, its correction and its retraction. Each change is made by a sender in
//! two steps (the statement's snapshot, then its commit), writes what is owed into the outbox in the same commit,
//! and is then carried out by that sender, who has the first lease, or by `redeliver`, which takes rows whose lease
//! has ended. Senders and runs die at any step; leases end under the living; the gateway refuses a frame or says
//! that a connection is gone (410); the provider refuses a push, or takes it and says that it failed; a connection
//! is made while a change is being committed, and fetches at any time after.
//!
//! What can go wrong is counted ([`Budget`]), and every step uses something up: a count, a version, a step of a
//! worker or of a connection. So every run ends, and what must come true in the end is looked for where nothing happens
//! any more unless somebody wants it to ([`check`]). Each [`Mutant`] is a mistake that breaks a rule.
//!
//! What is left out: that rows are due at a time (here: any time), parking after a day, several sessions (nothing
//! is shared between them), images, and the wake, which only makes things sooner.

mod budget;
mod mutant;
mod row;
mod state;
mod worker;

mod chat;

mod action;
mod effect;

mod rules;

pub use budget::Budget;
pub use chat::Chat;
pub use mutant::Mutant;
pub use rules::{Verdict, check};
