//! What the chat service's functions share, in reading order.
//!
//! A function's crate holds one operation; [`runtime`] carries events to it and answers back.

pub mod config;
pub mod id;

pub mod caller;
pub mod fields;
pub mod message;
pub mod player;
pub mod session;
pub mod upload;

pub mod error;
pub mod event;

pub mod api;
pub mod socket;

pub mod delivery;
pub mod directory;
pub mod http;
pub mod images;
pub mod store;
pub mod tls;
pub mod wake;

pub mod app;
pub mod aws;
pub mod fail_point;
pub mod log;
pub mod metrics;
pub mod runtime;
