//! When a customer's phone rings, and what it shows.

use crate::nothing_is_owed;
use chat_e2e::{Attempt, Person, SOON, Stack, eventually, new_id};
use serde_json::{Value, json};

/// A customer with a phone, a dentist, their session.
async fn conversation_with_phone(stack: &Stack) -> (Person, Person, i64, String) {
    let (customer, dentist, session) = stack.conversation().await;
    let player = new_id();
    customer.register_player(&player).await.is(200);
    (customer, dentist, session, player)
}

async fn wait_for_push(stack: &Stack, player: &str) -> Attempt {
    let look = async || stack.pushes_to(player).await.into_iter().next();
    eventually("a push", SOON, look).await
}

#[tokio::test]
async fn an_offline_customer_gets_one_push_that_says_nothing() {
    let stack = Stack::shared();
    let (customer, dentist, session, player) = conversation_with_phone(&stack).await;
    let other = stack.dentist().await;
    let second = customer.create_session(&other).await.id(201);
    other.say(second, "unread elsewhere").await.is(201);
    nothing_is_owed(&stack, second).await;
    let earlier = stack.pushes_to(&player).await;

    dentist.say(session, "Your X-ray shows caries").await.is(201);
    nothing_is_owed(&stack, session).await;
    stack.redeliver().await;
    let pushes = stack.pushes_to(&player).await;
    assert_eq!((earlier.len(), pushes.len()), (1, 2));
    let (first, push) = (&pushes[0].body, &pushes[1].body);

    assert_eq!(push["data"], json!({"session_id": session, "seq": 1}));
    assert_eq!((&push["ios_badgeType"], &push["ios_badgeCount"]), (&json!("SetTo"), &json!(2)));
    // The same words for every dentist; nothing of the message, nobody's name.
    assert_eq!((&push["contents"], &push["headings"]), (&first["contents"], &first["headings"]));
    for word in ["X-ray", "caries", &dentist.name, &customer.name, &customer.email] {
        assert!(!push.to_string().contains(word), "{push}");
    }
    assert_eq!((&push["priority"], &push["ttl"]), (&json!(10), &json!(259_200)));
    assert_ne!(push["idempotency_key"], first["idempotency_key"]);
    assert_ne!(push["collapse_id"], first["collapse_id"]);
    assert!(push["collapse_id"].as_str().is_some_and(|id| id.len() <= 64));
    let known = [
        "app_id",
        "collapse_id",
        "contents",
        "data",
        "headings",
        "idempotency_key",
        "include_subscription_ids",
        "ios_badgeCount",
        "ios_badgeType",
        "priority",
        "ttl",
    ];
    assert!(push.as_object().unwrap().keys().all(|name| known.contains(&name.as_str())), "{push}");
}

#[tokio::test]
async fn messages_of_a_session_share_their_place_on_the_screen() {
    let stack = Stack::shared();
    let (_, dentist, session, player) = conversation_with_phone(&stack).await;
    dentist.say(session, "one").await.is(201);
    dentist.say(session, "two").await.is(201);
    nothing_is_owed(&stack, session).await;
    let pushes: Vec<Value> =
        stack.pushes_to(&player).await.into_iter().map(|push| push.body).collect();
    assert_eq!(pushes.len(), 2);
    assert_eq!(pushes[0]["collapse_id"], pushes[1]["collapse_id"]);
    assert_ne!(pushes[0]["idempotency_key"], pushes[1]["idempotency_key"]);
}

#[tokio::test]
async fn nobody_is_pushed_a_message_that_they_read() {
    let stack = Stack::shared();
    let (customer, dentist, session, player) = conversation_with_phone(&stack).await;
    let mut socket = customer.connect().await;
    dentist.say(session, "read at once").await.is(201);
    socket.message(session, 1).await;
    customer.mark_read(session, 1).await.is(200);
    a_minute_passes(&stack, session).await;
    stack.redeliver().await;
    nothing_is_owed(&stack, session).await;
    assert!(stack.pushes_to(&player).await.is_empty());
}

#[tokio::test]
async fn a_message_unread_for_a_minute_is_pushed_once() {
    let stack = Stack::shared();
    let (customer, dentist, session, player) = conversation_with_phone(&stack).await;
    let mut socket = customer.connect().await;
    dentist.say(session, "not looked at").await.is(201);
    socket.message(session, 1).await;
    // Not before its time.
    frames_are_sent(&stack, session).await;
    stack.redeliver().await;
    assert!(stack.pushes_to(&player).await.is_empty());

    a_minute_passes(&stack, session).await;
    stack.redeliver().await;
    wait_for_push(&stack, &player).await;
    nothing_is_owed(&stack, session).await;
    stack.redeliver().await;
    assert_eq!(stack.pushes_to(&player).await.len(), 1);
    // The frame was sent once, too.
    crate::heard_nothing_more([&mut socket]).await;
}

#[tokio::test]
async fn only_a_dentists_message_to_a_phone_is_pushed() {
    let stack = Stack::shared();
    let (customer, dentist, session, player) = conversation_with_phone(&stack).await;
    customer.say(session, "from the customer").await.is(201);
    nothing_is_owed(&stack, session).await;
    customer.unregister_player().await.is(204);
    dentist.say(session, "to nobody's phone").await.is(201);
    nothing_is_owed(&stack, session).await;
    assert!(stack.pushes_to(&player).await.is_empty());
}

#[tokio::test]
async fn a_phone_that_changed_hands_does_not_ring_for_its_first_owner() {
    let stack = Stack::shared();
    let (_, dentist, session, player) = conversation_with_phone(&stack).await;
    stack.customer().await.register_player(&player).await.is(200);
    dentist.say(session, "for the first owner").await.is(201);
    nothing_is_owed(&stack, session).await;
    assert!(stack.pushes_to(&player).await.is_empty());
}

#[tokio::test]
async fn several_redelivers_at_once_push_once() {
    let stack = Stack::shared();
    let (customer, dentist, session, player) = conversation_with_phone(&stack).await;
    let mut socket = customer.connect().await;
    for seq in 1..=10 {
        dentist.say(session, "unread").await.is(201);
        socket.message(session, seq).await;
    }
    a_minute_passes(&stack, session).await;
    tokio::join!(stack.redeliver(), stack.redeliver(), stack.redeliver(), stack.redeliver());
    nothing_is_owed(&stack, session).await;
    let pushes = stack.pushes_to(&player).await;
    let mut seqs: Vec<_> =
        pushes.iter().map(|push| push.body["data"]["seq"].as_i64().unwrap()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=10).collect::<Vec<_>>());
}

/// Waits until the invocation that stored the newest message has done all that it does.
async fn frames_are_sent(stack: &Stack, session: i64) {
    let database = stack.database().await;
    let unsent =
        format!("SELECT count(*) FROM outbox WHERE session_id = {session} AND work = 'frames'");
    let look = async || (database.number(&unsent).await == 0).then_some(());
    eventually("frames that are sent", SOON, look).await;
}

/// Makes what is owed for a session's messages a minute older.
async fn a_minute_passes(stack: &Stack, session: i64) {
    frames_are_sent(stack, session).await;
    let database = stack.database().await;
    database.run(&format!(
        "UPDATE outbox SET due_at = due_at - interval '61 s', changed_at = changed_at - interval '61 s'
         WHERE session_id = {session}"
    )).await;
}
