//! What the chat service's functions share, in reading order: no module takes from one below it.
//!
//! A function's crate holds one operation; [`runtime`] carries events to it and answers back.

pub mod clock;
pub mod config;
pub mod id;
pub mod random;
pub mod timestamp;

pub mod identity;

pub mod blank;
pub mod fields;

pub mod signature;

pub mod position;

pub mod image;
pub mod message;
pub mod player;
pub mod session;

pub mod error;
pub mod frame;

pub mod log;

pub mod audience;
pub mod metrics;

pub mod tls;

pub mod aws;
pub mod http;
pub mod iam;
pub mod signed;

pub mod secrets;

pub mod database_url;
pub mod login;

pub mod directory;

pub mod caller;

pub mod audit;

pub mod store;

pub mod bucket;
pub mod gateway;
pub mod redeliver;
pub mod vault;

pub mod app;

pub mod records;

pub mod delivery;
pub mod fail_point;

pub mod api;
pub mod fit;
pub mod socket;

pub mod runtime;
