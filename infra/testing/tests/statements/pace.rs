//! Everybody has a pace of their own: of messages, corrections and uploads alike.

use chat::identity::Role;
use chat_testing::{Chat, Environment, Person, Reply, new_id, with_chat};
use serde_json::json;

async fn send(environment: &Environment, person: &Person, session: i64) -> Reply {
    let body = json!({"client_message_id": new_id(), "content": "hello"});
    environment.send(person, session, &body).await
}

async fn upload(environment: &Environment, person: &Person, session: i64) -> Reply {
    let body = json!({"content_type": "image/jpeg", "content_length": 300});
    environment.create_upload(person, session, &body).await
}

/// Corrects a message of theirs.
async fn correct(environment: &Environment, person: &Person, session: i64) -> Reply {
    // Odd ones are the customer's.
    let seq = if person.role == Role::Customer { 5 } else { 6 };
    environment.correct(person, session, seq, &new_id()).await
}

/// Acts of this session's side, that long ago.
async fn act(chat: &Chat, (session, side): (i64, &str), count: i32, seconds_ago: f64) {
    let sql = "INSERT INTO sender_acts (session_id, sender_type, acted_at)
        SELECT $1, $2::text::chat_participant, now() - make_interval(secs => $4) FROM generate_series(1, $3)";
    chat.database.rows(sql, &[&session, &side, &count, &seconds_ago]).await;
}

/// Two messages or acts of the customer's are in the window, three are allowed; the others' and older ones do not
/// count. So something more may be done, once.
async fn check_pace(
    chat: &Chat,
    acts: i32,
    operation: impl AsyncFn(&Environment, &Person, i64) -> Reply,
) {
    let (customer, dentist, session) = chat.conversation().await;
    let elsewhere = chat.session(&customer, &chat.dentist().await).await;
    // Odd ones are the customer's.
    chat.fill(elsewhere, 9).await;
    chat.fill(session, 14).await;
    let old = "UPDATE chat_messages SET created_at = now() - interval '601 seconds'
        WHERE session_id = $1 AND sender_type = 'customer' AND seq <= $2";
    let own_messages = i64::from(2 - acts);
    chat.database.rows(old, &[&session, &(13 - 2 * own_messages)]).await;
    if acts > 0 {
        act(chat, (session, "customer"), acts, 1.0).await;
    }
    act(chat, (session, "customer"), 9, 601.0).await;
    act(chat, (session, "dentist"), 9, 1.0).await;
    act(chat, (elsewhere, "customer"), 9, 1.0).await;
    let variables = [("SEND_BURST", "3"), ("SEND_WINDOW_SECONDS", "600")];
    let environment = chat.environment_with(&variables);
    let allowed = operation(&environment, &customer, session).await;
    assert!(matches!(allowed.status, 200 | 201), "{acts} acts: {}", allowed.text);
    let revisions =
        async || chat.database.number("SELECT count(*) FROM chat_message_revisions", &[]).await;
    let before = revisions().await;
    operation(&environment, &customer, session).await.assert_problem("rate_limited");
    // So it is where less is allowed than was done.
    let variables = [("SEND_BURST", "1"), ("SEND_WINDOW_SECONDS", "600")];
    let slower = chat.environment_with(&variables);
    operation(&slower, &customer, session).await.assert_problem("rate_limited");
    assert_eq!(revisions().await, before);
    // The other side has spent theirs.
    send(&environment, &dentist, session).await.assert_problem("rate_limited");
}

#[test]
fn a_senders_pace_is_made_of_their_own_messages_and_acts_in_this_session_and_window() {
    with_chat(async |chat| {
        for acts in 0..=2 {
            check_pace(chat, acts, send).await;
        }
    });
}

#[test]
fn corrections_keep_the_same_pace() {
    with_chat(async |chat| {
        for acts in 0..=2 {
            check_pace(chat, acts, correct).await;
        }
    });
}

#[test]
fn uploads_keep_the_same_pace() {
    with_chat(async |chat| {
        for acts in 0..=2 {
            check_pace(chat, acts, upload).await;
        }
    });
}

/// Three of the customer's messages are in the window, no act is, and three are allowed.
async fn check_messages_alone(
    chat: &Chat,
    operation: impl AsyncFn(&Environment, &Person, i64) -> Reply,
) {
    let (customer, dentist, session) = chat.conversation().await;
    let elsewhere = chat.session(&customer, &chat.dentist().await).await;
    // Odd ones are the customer's; in the other session nothing was said lately.
    for session in [session, elsewhere] {
        chat.fill(session, 6).await;
    }
    let old = "UPDATE chat_messages SET created_at = now() - interval '601 seconds' WHERE session_id = $1";
    chat.database.rows(old, &[&elsewhere]).await;
    act(chat, (session, "customer"), 2, 601.0).await;
    act(chat, (session, "dentist"), 2, 601.0).await;
    let variables = [("SEND_BURST", "3"), ("SEND_WINDOW_SECONDS", "600")];
    let environment = chat.environment_with(&variables);
    operation(&environment, &customer, session).await.assert_problem("rate_limited");
    operation(&environment, &dentist, session).await.assert_problem("rate_limited");
    let anything = chat.environment_with(&[("SEND_BURST", "0"), ("SEND_WINDOW_SECONDS", "600")]);
    let allowed = operation(&anything, &customer, session).await;
    assert!(matches!(allowed.status, 200 | 201), "{}", allowed.text);
}

/// The customer's and the dentist's acts that are remembered.
async fn acts(chat: &Chat, session: i64) -> (i64, i64) {
    let sql = "SELECT count(*) FILTER (WHERE sender_type = 'customer'), count(*) FILTER (WHERE sender_type = 'dentist')
        FROM sender_acts WHERE session_id = $1";
    let row = &chat.database.rows(sql, &[&session]).await[0];
    (row.get(0), row.get(1))
}

/// Sends a customer has made lately, and acts, beside what is long ago: as many as are allowed.
async fn check_few(
    chat: &Chat,
    (burst, acts): (&str, i32),
    operation: impl AsyncFn(&Environment, &Person, i64) -> Reply,
) {
    let (customer, _, session) = chat.conversation().await;
    // The last one is the customer's.
    chat.fill(session, 7).await;
    let old = "UPDATE chat_messages SET created_at = now() - interval '601 seconds'
        WHERE session_id = $1 AND seq < 7";
    chat.database.rows(old, &[&session]).await;
    act(chat, (session, "customer"), acts, 1.0).await;
    let variables = [("SEND_BURST", burst), ("SEND_WINDOW_SECONDS", "600")];
    let environment = chat.environment_with(&variables);
    operation(&environment, &customer, session).await.assert_problem("rate_limited");
}

/// The pace by messages alone, by the last one alone, and by acts beside it. Each in a chat of its own, where nobody
/// else has said anything lately.
fn check_windows(operation: &impl AsyncFn(&Environment, &Person, i64) -> Reply) {
    with_chat(async |chat| check_few(chat, ("1", 0), operation).await);
    with_chat(async |chat| check_few(chat, ("3", 2), operation).await);
    with_chat(async |chat| check_messages_alone(chat, operation).await);
}

#[test]
fn few_messages_and_acts_are_a_pace_of_sends() {
    check_windows(&send);
}

#[test]
fn few_messages_and_acts_are_a_pace_of_corrections() {
    check_windows(&correct);
}

#[test]
fn few_messages_and_acts_are_a_pace_of_uploads() {
    check_windows(&upload);
}

/// The person's next act takes the place of theirs that count no more, and of nobody else's.
async fn check_acts(chat: &Chat, operation: impl AsyncFn(&Environment, &Person, i64) -> Reply) {
    let (customer, _, session) = chat.conversation().await;
    chat.fill(session, 6).await;
    for side in ["customer", "dentist"] {
        act(chat, (session, side), 2, 601.0).await;
        act(chat, (session, side), 1, 1.0).await;
    }
    let with_burst = async |burst| {
        let variables = [("SEND_BURST", burst), ("SEND_WINDOW_SECONDS", "600")];
        let allowed = operation(&chat.environment_with(&variables), &customer, session).await;
        assert!(matches!(allowed.status, 200 | 201), "{}", allowed.text);
    };
    with_burst("30").await;
    assert_eq!(acts(chat, session).await, (2, 3));
    // Nothing need be noted where there is no limit.
    with_burst("0").await;
    assert_eq!(acts(chat, session).await, (2, 3));
    // Nor what is refused.
    let variables = [("SEND_BURST", "1"), ("SEND_WINDOW_SECONDS", "600")];
    let refused = operation(&chat.environment_with(&variables), &customer, session).await;
    refused.assert_problem("rate_limited");
    assert_eq!(acts(chat, session).await, (2, 3));
}

#[test]
fn acts_are_noted_and_forgotten_for_who_acts() {
    with_chat(async |chat| {
        check_acts(chat, correct).await;
        check_acts(chat, upload).await;
    });
}

#[test]
fn an_upload_for_an_archived_session_is_no_act() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.archive(session).await;
        upload(chat, &customer, session).await.assert_problem("session_archived");
        assert_eq!(acts(chat, session).await, (0, 0));
    });
}
