//! The local stack: everything the chat service meets in the cloud, on one machine.
//!
//! It reads `template.yaml` and runs the same function binaries that deploy.

pub mod authority;
mod aws_names;
pub mod bill;
mod body;
pub mod console;
pub mod databases;
pub mod dependencies;
pub mod exec;
pub mod failure;
pub mod functions;
mod gateway_id;
mod gateway_time;
pub mod http_api;
pub mod iam;
pub mod identity;
pub mod lambda;
pub mod listen;
pub mod log;
pub mod network;
pub mod onesignal;
pub mod open_files;
pub mod ports;
pub mod rights;
pub mod s3;
pub mod schedule;
pub mod secrets_manager;
pub mod settings;
pub mod signals;
pub mod signature;
pub mod stack;
pub mod stored_login;
pub mod switchable;
pub mod template;
pub mod throttle;
pub mod ws_api;
