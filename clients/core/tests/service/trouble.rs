//! Networks that are away, lose answers or fall silent, and processes that end.

use crate::phone::{phone_with_network, texts};
use chat_e2e::Stack;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_stored_once() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, http, _ws) = phone_with_network(&customer).await;
    phone.is_online().await;
    http.forgets_answers();
    phone.say(session, "eins").await;
    phone.say(session, "zwei").await;
    let arrived = async || (dentist.all_messages(session).await.len() == 1).then_some(());
    chat_e2e::eventually("the first message", chat_e2e::SOON, arrived).await;
    http.comes_back();
    phone.client.set_network(true);
    phone.shows(session, &["eins", "zwei"]).await;
    let stored = dentist.all_messages(session).await;
    let contents: Vec<&str> =
        stored.iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!(contents, ["eins", "zwei"]);
}

#[tokio::test]
async fn what_was_said_without_a_network_is_sent_by_the_next_process() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, http, ws) = phone_with_network(&customer).await;
    phone.sees("the session", session, |_| true).await;
    http.goes_away();
    ws.goes_away();
    for text in ["eins", "zwei", "drei"] {
        phone.say(session, text).await;
    }
    let view = phone.client.conversation(session, 10).unwrap().unwrap();
    assert_eq!(view.queue.len(), 3);
    http.comes_back();
    ws.comes_back();
    let phone = phone.restarted(&customer).await;
    phone.shows(session, &["eins", "zwei", "drei"]).await;
    assert_eq!(dentist.all_messages(session).await.len(), 3);
}

#[tokio::test]
async fn a_dead_socket_is_noticed_within_15_seconds_of_a_send_and_5_of_coming_to_the_front() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, _http, ws) = phone_with_network(&customer).await;
    phone.is_online().await;
    phone.sees("the session", session, |_| true).await;

    ws.falls_silent();
    let began = Instant::now();
    phone.say(session, "eins").await;
    phone.is_not_online().await;
    assert!(began.elapsed() < Duration::from_secs(16), "{:?}", began.elapsed());

    ws.comes_back();
    phone.is_online().await;
    ws.falls_silent();
    let began = Instant::now();
    phone.client.set_front(true);
    phone.is_not_online().await;
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());

    ws.comes_back();
    dentist.say(session, "zwei").await.is(201);
    phone.shows(session, &["eins", "zwei"]).await;
}

#[tokio::test]
async fn an_outage_of_the_websocket_costs_no_token_and_what_changes_is_fetched() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, _http, ws) = phone_with_network(&customer).await;
    phone.is_online().await;
    ws.goes_away();
    phone.is_not_online().await;
    dentist.say(session, "eins").await.is(201);
    let view = phone.shows(session, &["eins"]).await;
    assert_eq!(texts(&view), ["eins"]);
    assert_eq!(phone.tokens.asked.load(Ordering::Relaxed), 1);
}
