#![doc = include_str!("../README.md")]

mod app;
mod client;
mod error;
mod notification;
mod records;
mod wish;

pub use app::{AccountState, Change, Config, ConnectionState, Listener, TokenAsk, TokenSource};
pub use client::ChatClient;
pub use error::{Advice, ChatError};
pub use notification::{Told, notification_for};
pub use records::{Conversation, Entry, Hit, Image, Message, Refusal, Role, Session, Status};
pub use wish::{Reply, Wish};

uniffi::setup_scaffolding!("chat_core");
