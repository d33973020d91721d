//! A Jarvis, or a connection to it, that says nothing.

use chat_testing::{Chat, Environment, Person, Proxy, SocketEvent, with_chat};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::timeout;

async fn behind_proxy(chat: &Chat) -> (Proxy, Environment) {
    let jarvis = Proxy::to(&chat.endpoints.jarvis_url.parse().unwrap()).await;
    let environment = chat.environment_with(&[("JARVIS_URL", &jarvis.url())]);
    (jarvis, environment)
}

async fn name_of_dentist(environment: &Environment, customer: &Person, session: i64) -> Value {
    environment.get(customer, session).await.expect(200)["dentist"]["name"].clone()
}

#[test]
fn a_connection_that_the_network_forgot_costs_time_and_no_answer() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (jarvis, environment) = behind_proxy(chat).await;
        assert_eq!(name_of_dentist(&environment, &customer, session).await, dentist.name);

        jarvis.forget();
        let began = Instant::now();
        assert_eq!(environment.inbox(&dentist, &[]).await.status, 200);
        assert!(began.elapsed() < Duration::from_millis(1_200), "{:?}", began.elapsed());

        jarvis.forget();
        let began = Instant::now();
        assert_eq!(name_of_dentist(&environment, &customer, session).await, dentist.name);
        assert!(began.elapsed() < Duration::from_millis(1_200), "{:?}", began.elapsed());

        // The new one is kept.
        let began = Instant::now();
        assert_eq!(name_of_dentist(&environment, &customer, session).await, dentist.name);
        assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
    });
}

#[test]
fn while_jarvis_hangs_names_are_left_out_without_a_wait_at_every_call() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (jarvis, environment) = behind_proxy(chat).await;
        assert_eq!(name_of_dentist(&environment, &customer, session).await, dentist.name);

        jarvis.freeze();
        assert_eq!(name_of_dentist(&environment, &customer, session).await, Value::Null);
        let began = Instant::now();
        for _ in 0..5 {
            assert_eq!(name_of_dentist(&environment, &customer, session).await, Value::Null);
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());

        // Someone who must be looked up is.
        environment.inbox(&dentist, &[]).await.assert_problem("directory_unavailable");
        jarvis.restore();
        assert_eq!(environment.inbox(&dentist, &[]).await.status, 200);
        assert_eq!(name_of_dentist(&environment, &customer, session).await, dentist.name);
    });
}

#[test]
fn a_lookup_that_is_given_up_leaves_no_answer_for_the_next() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (jarvis, environment) = behind_proxy(chat).await;
        let other = chat.customer().await;
        assert_eq!(environment.inbox(&customer, &[]).await.status, 200);

        jarvis.freeze();
        let given_up = timeout(Duration::from_millis(100), environment.inbox(&other, &[])).await;
        assert!(given_up.is_err());
        jarvis.restore();
        let seen = environment.inbox(&dentist, &[]).await;
        assert_eq!(seen.expect(200)["sessions"][0]["id"], session);
        assert_eq!(environment.get(&other, session).await.status, 404);
    });
}

#[test]
fn who_needs_nobody_connects_to_nobody() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let (jarvis, environment) = behind_proxy(chat).await;
        let connection = environment.connect(&customer).await;
        let event = SocketEvent::disconnect(&connection);
        assert_eq!(environment.ws_disconnect(event).await["statusCode"], 200);
        assert_eq!(jarvis.round_trips(), 0);
    });
}
