//! Correcting and retracting, end to end.

use crate::{heard_nothing_more, nothing_is_owed};
use chat_e2e::{Image, SOON, Stack, eventually, new_id};
use serde_json::{Value, json};

const SAID: &str = "canary-51aa-ten-milligrams";

#[tokio::test]
async fn a_correction_reaches_every_device_of_both() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let (mut phone, mut tablet) = (customer.connect().await, customer.connect().await);
    let mut desk = dentist.connect().await;
    customer.say(session, SAID).await.is(201);
    for socket in [&mut phone, &mut tablet, &mut desk] {
        assert_eq!(socket.message(session, 1).await["content"], SAID);
    }
    let corrected = customer.correct(session, 1, "one milligram").await;
    let message = corrected.expect(200).clone();
    for socket in [&mut phone, &mut tablet, &mut desk] {
        assert_eq!(socket.expect("message.updated").await["message"], message);
    }
    assert_eq!(dentist.all_messages(session).await, [message]);
    nothing_is_owed(&stack, session).await;
    heard_nothing_more([&mut phone, &mut tablet, &mut desk]).await;
}

#[tokio::test]
async fn nothing_of_a_retracted_message_is_shown_sent_or_served_any_more() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut desk = dentist.connect().await;
    let keys = [
        customer.upload(session, &Image::jpeg()).await,
        customer.upload(session, &Image::jpeg()).await,
    ];
    let body = json!({"client_message_id": new_id(), "content": SAID, "image_urls": keys});
    let sent = customer.send(session, &body).await;
    let urls: Vec<String> = urls(sent.expect(201));
    desk.message(session, 1).await;
    nothing_is_owed(&stack, session).await;
    for url in &urls {
        assert_eq!(stack.http().get(url).send().await.unwrap().status(), 200);
    }

    let retracted = customer.retract(session, 1).await;
    assert_eq!(retracted.expect(200)["images"], json!([]));
    assert_eq!(desk.expect("message.updated").await["message"], retracted.body);
    let is_refused = async || {
        let mut refused = true;
        for url in &urls {
            refused &= stack.http().get(url).send().await.unwrap().status() == 403;
        }
        refused.then_some(())
    };
    eventually("images that are served no more", SOON, is_refused).await;
    nothing_is_owed(&stack, session).await;

    let again = customer.send(session, &body).await;
    again.is(200);
    let answers = [
        again,
        customer.retract(session, 1).await,
        dentist.list_messages(session, "").await,
        dentist.list_sessions("").await,
        dentist.get_session(session).await,
        customer.correct(session, 1, SAID).await,
    ];
    for answer in answers {
        assert!(!answer.text.contains(SAID) && !answer.text.contains(&keys[0]), "{}", answer.text);
    }
    // The record keeps the bytes.
    let kept =
        format!("SELECT count(*) FROM message_images WHERE session_id = {session} AND seq = 1");
    assert_eq!(stack.database().await.number(&kept).await, 2);
}

#[tokio::test]
async fn a_message_that_is_taken_back_at_once_rings_no_phone() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let player = new_id();
    customer.register_player(&player).await.is(200);
    let mut socket = customer.connect().await;
    dentist.say(session, SAID).await.is(201);
    socket.message(session, 1).await;
    dentist.retract(session, 1).await.is(200);
    socket.expect("message.updated").await;
    let database = stack.database().await;
    database.run(&format!("UPDATE outbox SET due_at = now() WHERE session_id = {session}")).await;
    stack.redeliver().await;
    nothing_is_owed(&stack, session).await;
    assert!(stack.pushes_to(&player).await.is_empty());
}

#[tokio::test]
async fn what_a_function_that_died_left_owed_is_done_by_redeliver() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let key = customer.upload(session, &Image::jpeg()).await;
    let body = json!({"client_message_id": new_id(), "content": SAID, "image_urls": [key]});
    let sent = customer.send(session, &body).await;
    let url = urls(sent.expect(201)).remove(0);
    nothing_is_owed(&stack, session).await;
    // As retract-message leaves it when it dies after its commit.
    let database = stack.database().await;
    database
        .run(&format!(
            "UPDATE chat_messages SET content = '', image_urls = '[]', retracted_at = now()
             WHERE session_id = {session};
             INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
             SELECT {session}, 'message_updated', 1, work, now(), now()
             FROM unnest('{{frames, images}}'::outbox_work[]) work"
        ))
        .await;
    let mut desk = dentist.connect().await;
    stack.redeliver().await;
    nothing_is_owed(&stack, session).await;
    let frame = desk.expect("message.updated").await;
    assert_eq!(frame["message"]["content"], "");
    assert_eq!(stack.http().get(&url).send().await.unwrap().status(), 403);
}

fn urls(message: &Value) -> Vec<String> {
    let images = message["images"].as_array().unwrap();
    images.iter().map(|image| image["url"].as_str().unwrap().to_owned()).collect()
}
