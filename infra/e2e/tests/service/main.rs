//! The service's rules, from outside, over a local stack that all tests share: each brings people of
//! its own.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod archive;
mod catch_up;
mod conversation;
mod corrections;
mod images;
mod preflight;
mod pushes;
mod records;
mod sockets;

use chat_e2e::{SOON, Socket, Stack, eventually};

/// Waits until nothing is owed any more for the messages of a session.
async fn nothing_is_owed(stack: &Stack, session: i64) {
    let database = stack.database().await;
    let count = format!(
        "SELECT count(*) FROM outbox WHERE session_id = {session} AND change::text LIKE 'message%'"
    );
    let look = async || (database.number(&count).await == 0).then_some(());
    eventually("an empty outbox", SOON, look).await;
}

/// Nothing was said to any of them beyond what they were asked for.
async fn heard_nothing_more<const N: usize>(sockets: [&mut Socket; N]) {
    for socket in sockets {
        let frames = socket.until_pong().await;
        assert!(frames.is_empty(), "{frames:?}");
    }
}
