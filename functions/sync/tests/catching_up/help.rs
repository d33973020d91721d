//! What the tests of catching up share.

use chat_testing::{Chat, Person};
use serde_json::Value;

/// One page since that cursor.
pub async fn since(chat: &Chat, person: &Person, cursor: &str) -> Value {
    chat.sync(person, &[("since", cursor)]).await.expect(200).clone()
}

/// The cursor of someone who knows everything.
pub async fn caught_up(chat: &Chat, person: &Person) -> String {
    chat.quiet().await;
    let page = chat.sync(person, &[("limit", "100")]).await;
    assert_eq!(page.expect(200)["has_more"], false);
    next(&page.body).to_owned()
}

pub fn next(page: &Value) -> &str {
    page["next"].as_str().unwrap()
}

pub fn changes(page: &Value) -> &[Value] {
    page["changes"].as_array().unwrap()
}

pub fn ids(page: &Value) -> Vec<i64> {
    changes(page).iter().map(|change| change["session"]["id"].as_i64().unwrap()).collect()
}

pub fn seqs(change: &Value) -> Vec<i64> {
    let messages = change["messages"].as_array().unwrap().iter();
    messages.map(|message| message["seq"].as_i64().unwrap()).collect()
}

/// A dentist's sessions with this many customers, the oldest first.
pub async fn crowd(chat: &Chat, count: usize) -> (Person, Vec<(Person, i64)>) {
    let dentist = chat.dentist().await;
    let mut sessions = Vec::new();
    for _ in 0..count {
        let customer = chat.customer().await;
        let session = chat.session(&customer, &dentist).await;
        sessions.push((customer, session));
    }
    (dentist, sessions)
}
