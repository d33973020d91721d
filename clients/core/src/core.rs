//! The core: all that a chat client decides, and no I/O. An event goes in, effects come out.
//!
//! A step is one event: it changes the state in memory, and its effects are one transaction of the
//! store first and everything else after. So whatever has been acted upon is stored, and a core that
//! is made anew from the store goes on where the last one died.
//!
//! What is to be asked of the service is a job (`state/job.rs`). Whether a job has something to do is read from
//! the state each time (`jobs.rs`), never remembered as an intention: an answer that is lost, a
//! wait that ends early, a death in between all lead back to the same question.

mod absorb;
mod account;
mod answers;
mod attention;
mod calls;
mod catch_up;
mod content;
mod effect;
mod frames;
mod handle;
mod input;
mod jobs;
mod link;
mod marks;
mod queue;
mod sending;
mod state;
mod step;
mod timers;
mod typing;
mod verdict;
mod wishes;

pub use effect::{AccountState, Change, Connection, Effect, Method, Put, Reply, Request};
pub use input::{AskId, DialId, Event, Outcome, RequestId, SocketEvent, Wish, WishId};
pub use state::Core;
#[cfg(feature = "shell")]
pub(crate) use state::token::token_subject;

#[cfg(test)]
mod tests;
