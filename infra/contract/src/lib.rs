//! The published contract as data: `docs/openapi.yaml` and `docs/asyncapi.yaml`, with what tests need
//! to hold answers and frames against them. This crate's tests do so; the documents cannot drift from
//! the service without one of them failing.
//!
//! Published schemas let objects gain members, so that clients stay lenient. Here every object that
//! lists its members is closed: a member that is not described is an error.

mod contract;
mod frames;
mod http;
mod place;

pub use contract::{Contract, Schema};
pub use frames::Direction;
pub use http::{Answer, Outcome};
pub use place::Place;
