//! What was retracted is in no answer any more, and nothing of what anyone said is ever in a log or a push.

use super::{
    cast::{Stage, lock},
    fetch::{all_messages, fetch},
};
use chat_e2e::Person;

/// What every text of a storm begins with.
const SAID: &str = "said-";

/// Where something leaked.
pub(super) async fn find(stage: &Stage) -> Vec<String> {
    let mut leaks = Vec::new();
    let retracted = lock(&stage.retracted).clone();
    for conversation in &stage.conversations {
        for person in [&conversation.customer, &conversation.dentist] {
            let answers = answers(person, conversation.session).await;
            let seen = retracted.iter().filter(|text| answers.contains(text.as_str()));
            let who = format!("{} {}", person.role.as_str(), person.id);
            leaks.extend(seen.map(|text| format!("{who} still sees {text}")));
        }
    }
    let log = stage.stack.log();
    leaks.extend(log.lines().filter(|line| line.contains(SAID)).map(|line| format!("log: {line}")));
    for push in stage.stack.pushes().await {
        let body = push.body.to_string();
        if body.contains(SAID) {
            leaks.push(format!("push: {body}"));
        }
    }
    leaks
}

/// Everything that someone can fetch of a session, as text.
async fn answers(person: &Person, session: i64) -> String {
    let mut text = serde_json::Value::from(all_messages(person, session).await).to_string();
    for path in [&format!("/sessions/{session}"), "/sessions?limit=100", "/sync?limit=100"] {
        text.push_str(&fetch(person, path).await.text);
    }
    text
}
