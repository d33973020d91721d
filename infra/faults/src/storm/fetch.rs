//! Fetching when all is over: what works may still be slow, on a machine that has other things to do.

use chat_e2e::{Person, Reply};
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;

/// How often a request is tried, and the pause between two tries.
const TRIES: usize = 60;
const PAUSE: Duration = Duration::from_millis(500);

/// What is there, asked for again while the service cannot answer.
pub(super) async fn fetch(person: &Person, path: &str) -> Reply {
    let mut reply = person.call(Method::GET, path, None).await;
    for _ in 1..TRIES {
        if reply.status < 500 {
            break;
        }
        sleep(PAUSE).await;
        reply = person.call(Method::GET, path, None).await;
    }
    reply.is(200);
    reply
}

/// All messages of a session, page by page from its beginning.
pub(super) async fn all_messages(person: &Person, session: i64) -> Vec<Value> {
    let (mut messages, mut after) = (Vec::new(), Some(0));
    while let Some(seq) = after {
        let path = format!("/sessions/{session}/messages?after={seq}&limit=100");
        let page = fetch(person, &path).await.body;
        messages.extend(page["messages"].as_array().into_iter().flatten().cloned());
        let last = messages.last().and_then(|last| last["seq"].as_i64());
        after = last.filter(|_| page["has_more_after"] == true);
    }
    messages
}
