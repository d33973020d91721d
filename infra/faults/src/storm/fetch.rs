//! Fetching when all is over: what works may still be slow, on a machine that has other things to do.

use chat_e2e::{Person, Reply, SOON, eventually};
use reqwest::Method;
use serde_json::Value;

/// What is there, asked for again while the service cannot answer.
pub(super) async fn fetch(person: &Person, path: &str) -> Reply {
    let reply = eventually(path, SOON, async || {
        let reply = person.call(Method::GET, path, None).await;
        (reply.status < 500).then_some(reply)
    })
    .await;
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
