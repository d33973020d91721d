//! Nothing that people say, or that says who they are, is quoted in an error.

use chat::identity::Role;
use chat_testing::{Chat, Environment, Event, Operation, Person, Reply, new_id, with_chat};
use serde_json::{Value, json};

const CANARY: &str = "canary-7f3a";

/// Requests that are wrong in every way that there is a code for, with the canary wherever a client
/// can put a value.
fn events(
    customer: &Person,
    dentist: &Person,
    session: i64,
    archived: i64,
) -> Vec<(Operation, Event)> {
    let text = || json!({"client_message_id": new_id(), "content": CANARY});
    let send = |session: i64, body: &Value| {
        (
            Operation::SendMessage,
            Event::of(Operation::SendMessage, customer).session(session).json(body),
        )
    };
    let key = format!("sessions/{session}/customer-{}/{CANARY}.png", customer.id + 1);
    let unknown = Person { subject: CANARY.to_owned(), ..Person::unknown(Role::Customer) };
    let stranger =
        Person { email: format!("{CANARY}@example.test"), ..Person::unknown(Role::Dentist) };
    let of = Event::of;
    vec![
        send(i64::MAX, &text()),
        send(archived, &text()),
        send(session, &json!({"client_message_id": CANARY, "content": CANARY})),
        send(session, &json!({"client_message_id": new_id(), "content": format!("{CANARY}\u{0}")})),
        send(session, &json!({"client_message_id": new_id(), "content": CANARY.repeat(1_000)})),
        send(session, &json!({"client_message_id": new_id(), "content": [CANARY]})),
        send(session, &json!({"client_message_id": new_id(), "image_urls": [key]})),
        send(session, &json!({"client_message_id": new_id(), "image_urls": [CANARY, CANARY]})),
        send(session, &json!({"client_message_id": new_id(), "content": CANARY.repeat(7_000)})),
        (
            Operation::SendMessage,
            of(Operation::SendMessage, customer).session(CANARY).json(&text()),
        ),
        (
            Operation::SendMessage,
            of(Operation::SendMessage, customer).session(session).text(CANARY),
        ),
        (
            Operation::SendMessage,
            of(Operation::SendMessage, &unknown).session(session).json(&text()),
        ),
        (
            Operation::SendMessage,
            of(Operation::SendMessage, &stranger).session(session).json(&text()),
        ),
        (
            Operation::CorrectMessage,
            of(Operation::CorrectMessage, customer)
                .session(session)
                .json(&json!({"content": CANARY})),
        ),
        (
            Operation::RetractMessage,
            of(Operation::RetractMessage, customer).session(session).seq(CANARY),
        ),
        (
            Operation::ListMessages,
            of(Operation::ListMessages, customer).session(session).query("after", CANARY),
        ),
        (Operation::ListSessions, of(Operation::ListSessions, customer).query("cursor", CANARY)),
        (Operation::ListSessions, of(Operation::ListSessions, customer).query("status", CANARY)),
        (Operation::Sync, of(Operation::Sync, customer).query("since", CANARY)),
        (
            Operation::MarkRead,
            of(Operation::MarkRead, customer).session(session).json(&json!({"up_to_seq": CANARY})),
        ),
        (
            Operation::UpdateSession,
            of(Operation::UpdateSession, dentist).session(session).json(&json!({"status": CANARY})),
        ),
        (
            Operation::CreateUpload,
            of(Operation::CreateUpload, customer)
                .session(session)
                .json(&json!({"content_type": CANARY, "content_length": 1})),
        ),
        (
            Operation::CreateSession,
            of(Operation::CreateSession, customer).json(&json!({"dentist_id": CANARY})),
        ),
        (
            Operation::RegisterPlayer,
            of(Operation::RegisterPlayer, customer).json(&json!({"onesignal_player_id": CANARY})),
        ),
    ]
}

fn assert_no_canary(reply: &Reply) {
    let headers = format!("{:?}", reply.headers);
    assert!(!reply.text.contains(CANARY) && !headers.contains(CANARY), "{}", reply.text);
    for telling in
        ["SELECT", "chat_messages", "postgres", "mysql", "/work", ".rs", "SQLSTATE", "panicked"]
    {
        assert!(!reply.text.contains(telling), "{telling}: {}", reply.text);
    }
}

async fn try_everything(chat: &Chat, environment: &Environment, expected: impl Fn(i64) -> bool) {
    let (customer, dentist, session) = chat.conversation().await;
    let archived = chat.session(&customer, &chat.dentist().await).await;
    chat.archive(archived).await;
    for (operation, mut event) in events(&customer, &dentist, session, archived) {
        event.0["headers"]["authorization"] = json!(format!("Bearer {CANARY}"));
        event.0["headers"]["x-file-name"] = json!(CANARY);
        event.0["requestContext"]["authorizer"]["jwt"]["claims"]["name"] = json!(CANARY);
        let reply = environment.invoke(operation, event).await;
        assert!(expected(reply.status), "{}", reply.text);
        assert_no_canary(&reply);
    }
}

#[test]
fn a_refusal_quotes_nothing() {
    with_chat(async |chat| {
        try_everything(chat, chat, |status| (400..500).contains(&status)).await;
    });
}

#[test]
fn trouble_quotes_nothing() {
    with_chat(async |chat| {
        let url = format!("postgres://{CANARY}:{CANARY}@127.0.0.1:1/{CANARY}");
        let environment = chat.environment_with(&[("DATABASE_URL", &url)]);
        try_everything(chat, &environment, |status| status >= 400).await;
        let url = format!("mysql://{CANARY}:{CANARY}@127.0.0.1:1/{CANARY}");
        let environment = chat.environment_with(&[("JARVIS_URL", &url)]);
        try_everything(chat, &environment, |status| status >= 400).await;
    });
}

#[test]
fn a_mistake_of_ours_quotes_nothing() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        // A constraint that nobody planned for.
        let sql = format!("ALTER TABLE chat_messages ADD CHECK (content <> '{CANARY}')");
        chat.database.rows(&sql, &[]).await;
        let body = json!({"client_message_id": new_id(), "content": CANARY});
        let reply = chat.send(&customer, session, &body).await;
        assert_eq!((reply.status, reply.code()), (500, "internal"));
        assert_no_canary(&reply);
    });
}
