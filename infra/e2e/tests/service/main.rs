//! The service's rules, from outside, over a local stack that all tests share: each brings people of
//! its own.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod access;
mod archive;
mod catch_up;
mod conversation;
mod forged;
mod images;
mod inbox;
mod inputs;
mod pages;
mod players;
mod pushes;
mod rate;
mod reading;
mod sending;
mod sockets;
mod tokens;
mod typing;

use chat_e2e::{Socket, Stack, eventually};
use std::time::Duration;

/// Waits until nothing is owed any more for the messages of a session.
async fn nothing_is_owed(stack: &Stack, session: i64) {
    let database = stack.database().await;
    let count = format!(
        "SELECT count(*) FROM message_outbox o JOIN chat_messages m ON m.id = o.message_id \
         WHERE m.session_id = {session}"
    );
    let look = async || (database.number(&count).await == 0).then_some(());
    eventually("an empty outbox", Duration::from_secs(10), look).await;
}

/// Nothing was said to any of them beyond what they were asked for.
async fn heard_nothing_more<const N: usize>(sockets: [&mut Socket; N]) {
    for socket in sockets {
        let frames = socket.until_pong().await;
        assert!(frames.is_empty(), "{frames:?}");
    }
}
