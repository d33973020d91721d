#![doc = include_str!("../README.md")]

mod blank;
mod core;
mod error;
mod image;
mod moment;
mod planted;
mod records;
#[cfg(feature = "shell")]
pub mod shell;
#[cfg(test)]
mod simulation;
mod store;
mod wire;

pub use core::{
    AccountState, AskId, Change, Connection, Core, DialId, Effect, Event, Method, Outcome, Put,
    Reply, Request, RequestId, SocketEvent, Wish, WishId,
};
pub use error::{Advice, ChatError};
pub use image::{ImageType, MAX_IMAGE_BYTES, MAX_IMAGES};
pub use moment::{MINUTE, Millis, Moment, SECOND};
pub use records::{ConversationView, EntryView, MessageView, SessionView};
pub use store::{
    Account, CleanImage, Entry, EntryImage, Hit, Refusal, SessionState, Snapshot, Store, StoreKey,
    Told, Write,
};
pub use wire::{Image, Message, Person, Role, Session, Status};
