//! Who is writing.

use crate::heard_nothing_more;
use chat_e2e::{Person, Stack};
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

#[tokio::test]
async fn typing_is_shown_to_the_other_side_only() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let connect = async |person: &Person| person.connect().await;
    let (mut writing, mut tablet) = (connect(&customer).await, connect(&customer).await);
    let (mut desk, mut phone) = (connect(&dentist).await, connect(&dentist).await);

    for typing in [true, false] {
        writing.say(json!({"action": "typing", "session_id": session, "typing": typing})).await;
        for device in [&mut desk, &mut phone] {
            let shown = device.expect("typing").await;
            let expires_at = shown["expires_at"].as_str().unwrap();
            assert_eq!(
                shown,
                json!({"type": "typing", "session_id": session, "sender_type": "customer",
                       "typing": typing, "expires_at": expires_at})
            );
            let left =
                OffsetDateTime::parse(expires_at, &Rfc3339).unwrap() - OffsetDateTime::now_utc();
            assert!((0.0..=6.0).contains(&left.as_seconds_f64()), "{left}");
        }
    }
    desk.say(json!({"action": "typing", "session_id": session, "typing": true})).await;
    assert_eq!(writing.expect("typing").await["sender_type"], "dentist");
    assert_eq!(tablet.expect("typing").await["sender_type"], "dentist");
    heard_nothing_more([&mut writing, &mut tablet, &mut desk, &mut phone]).await;
}

#[tokio::test]
async fn a_strangers_typing_goes_nowhere() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut listening = [customer.connect().await, dentist.connect().await];
    for stranger in [stack.customer().await, stack.dentist().await] {
        let mut socket = stranger.connect().await;
        let mut told = Vec::new();
        for session in [session, i64::MAX] {
            socket.say(json!({"action": "typing", "session_id": session, "typing": true})).await;
            let mut error = socket.expect("error").await;
            assert_eq!(
                (&error["status"], &error["code"]),
                (&json!(404), &json!("session_not_found"))
            );
            error["request_id"].take();
            told.push(error);
        }
        assert_eq!(told[0], told[1]);
        heard_nothing_more([&mut socket]).await;
    }
    let [a, b] = &mut listening;
    heard_nothing_more([a, b]).await;
}

#[tokio::test]
async fn nobody_types_in_an_archived_session() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    dentist.update_session(session, "archived").await.is(200);
    let (mut writing, mut other) = (customer.connect().await, dentist.connect().await);
    writing.say(json!({"action": "typing", "session_id": session, "typing": true})).await;
    assert_eq!(writing.expect("error").await["code"], "session_archived");
    heard_nothing_more([&mut writing, &mut other]).await;
}
