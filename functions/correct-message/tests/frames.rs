//! That both sides hear of a correction, whatever becomes of the function that made it.

use chat_testing::{Chat, Event, Operation, with_chat};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[test]
fn every_connection_of_both_hears_of_it_but_the_one_that_made_it() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let (phone, tablet) = (chat.connect(&customer).await, chat.connect(&customer).await);
        let desk = chat.connect(&dentist).await;
        let stranger = chat.connect(&chat.customer().await).await;
        let mut event = Event::of(Operation::CorrectMessage, &customer).session(session);
        event = event.json(&json!({"content": "hullo"}));
        event.0["headers"]["chat-connection"] = json!(phone);
        let reply = chat.invoke(Operation::CorrectMessage, event).await;
        let message = reply.expect(200).clone();
        chat.deliver(reply).await;
        let frame =
            json!({"type": "message.updated", "session_id": session, "seq": 1, "message": message});
        for connection in [&tablet, &desk] {
            assert_eq!(chat.gateway.frames(connection), std::slice::from_ref(&frame));
        }
        for connection in [&phone, &stranger] {
            assert_eq!(chat.gateway.frames(connection), Vec::<Value>::new());
        }
        assert_eq!(owed(chat, session).await, 0);
    });
}

#[test]
fn what_the_gateway_did_not_take_stays_owed() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let desk = chat.connect(&dentist).await;
        chat.gateway.answer(&desk, 503);
        let reply = chat.correct(&customer, session, 1, "hullo").await;
        chat.deliver(reply).await;
        assert_eq!(owed(chat, session).await, 1);
    });
}

#[test]
fn of_two_corrections_the_newest_is_told_and_an_older_ones_settling_does_not_end_it() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "one").await;
        let older = chat.correct(&customer, session, 1, "two").await;
        let newer = chat.correct(&customer, session, 1, "three").await;
        assert_eq!(owed(chat, session).await, 1);
        chat.deliver(older).await;
        assert_eq!(owed(chat, session).await, 1);
        chat.deliver(newer).await;
        assert_eq!(owed(chat, session).await, 0);
    });
}

#[test]
fn concurrent_corrections_are_all_kept_and_their_times_say_which_stands() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "0").await;
        let environments = chat.environments(8, &[]).await;
        let corrections =
            environments.iter().enumerate().map(|(n, environment)| {
                let content = (n + 1).to_string();
                let customer = &customer;
                async move {
                    environment.correct(customer, session, 1, &content).await.expect(200).clone()
                }
            });
        let mut answers = join_all(corrections).await;
        answers.sort_by_key(|answer| answer["corrected_at"].as_str().unwrap().to_owned());
        let times: std::collections::BTreeSet<_> =
            answers.iter().map(|answer| answer["corrected_at"].as_str().unwrap()).collect();
        assert_eq!(times.len(), 8);
        let stands = chat.list(&dentist, session, &[]).await.body["messages"][0].clone();
        assert_eq!(stands, *answers.last().unwrap());
        let kept = "SELECT content FROM chat_message_revisions WHERE session_id = $1 ORDER BY id";
        let kept = chat.database.rows(kept, &[&session]).await;
        let kept: Vec<String> = kept.iter().map(|row| row.get(0)).collect();
        let replaced = answers[..7].iter().map(|answer| answer["content"].as_str().unwrap());
        assert_eq!(kept, std::iter::once("0").chain(replaced).collect::<Vec<_>>());
    });
}

async fn owed(chat: &Chat, session: i64) -> i64 {
    let sql = "SELECT count(*) FROM outbox WHERE session_id = $1 AND change = 'message_updated'";
    chat.database.number(sql, &[&session]).await
}
