//! Sending once, and in order.

use chat_e2e::{Stack, new_id};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[tokio::test]
async fn a_retry_gets_the_stored_message_and_changes_nothing() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let body = json!({"client_message_id": new_id(), "content": "once"});
    let stored = customer.send(session, &body).await.expect(201).clone();
    let before = customer.get_session(session).await.expect(200).clone();
    assert_eq!(customer.send(session, &body).await.expect(200), &stored);
    assert_eq!(customer.get_session(session).await.expect(200), &before);

    // It is answered as it is now, also when the session has been archived.
    dentist.mark_read(session, 1).await.is(200);
    dentist.update_session(session, "archived").await.is(200);
    let retry = customer.send(session, &body).await;
    assert_eq!(retry.expect(200)["is_read"], true);
    assert_eq!(retry.body["id"], stored["id"]);
    customer.say(session, "another").await.is_problem(409, "session_archived");
}

#[tokio::test]
async fn an_id_names_one_message_of_one_sender() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let id = new_id();
    let body = json!({"client_message_id": id, "content": "mine"});
    let mine = customer.send(session, &body).await.id(201);
    let other = json!({"client_message_id": id, "content": "changed"});
    customer.send(session, &other).await.is_problem(422, "client_message_id_reused");
    let with_images = json!({"client_message_id": id, "content": "mine", "image_urls": ["x"]});
    customer.send(session, &with_images).await.is_problem(422, "client_message_id_reused");
    // Letters of either case are the same UUID.
    let upper = json!({"client_message_id": id.to_uppercase(), "content": "mine"});
    assert_eq!(customer.send(session, &upper).await.id(200), mine);

    let theirs = dentist.send(session, &body).await.id(201);
    assert_ne!(mine, theirs);
    let second = customer.create_session(&stack.dentist().await).await.id(201);
    assert_ne!(customer.send(second, &body).await.id(201), mine);
    assert_eq!(customer.all_messages(session).await.len(), 2);
}

#[tokio::test]
async fn fifty_retries_at_once_store_one_message() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut socket = dentist.connect().await;
    let body = json!({"client_message_id": new_id(), "content": "impatient"});
    let replies = join_all((0..50).map(|_| customer.send(session, &body))).await;
    let count = |status| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(201), count(200)), (1, 49));
    assert!(replies.iter().all(|reply| reply.body["id"] == replies[0].body["id"]));
    let messages = customer.all_messages(session).await;
    assert_eq!((messages.len(), &messages[0]["seq"]), (1, &json!(1)));
    assert_eq!(socket.message(session, 1).await, messages[0]);
}

#[tokio::test]
async fn a_poller_skips_nothing_while_sixteen_write() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let write = async |writer: usize| {
        let sender = if writer.is_multiple_of(2) { &customer } else { &dentist };
        for n in 0..3 {
            sender.say(session, &format!("{writer}.{n}")).await.is(201);
        }
    };
    let poll = async {
        let mut seen: Vec<Value> = Vec::new();
        while seen.len() < 48 {
            let page = dentist.list_messages(session, &format!("after={}", seen.len())).await;
            seen.extend(page.expect(200)["messages"].as_array().unwrap().iter().cloned());
        }
        seen
    };
    let (seen, _) = tokio::join!(poll, join_all((0..16).map(write)));
    let seqs: Vec<_> = seen.iter().map(|message| message["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, (1..=48).collect::<Vec<_>>());
    assert_eq!(seen, customer.all_messages(session).await);
}
