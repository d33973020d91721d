//! That what both sides see by frames alone is what a fresh look shows: with two devices a side, while
//! messages are sent, corrected, taken back and read at once.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat_testing::{Chat, Environment, Person, Reply, check_property, new_id};
use futures_util::future::join_all;
use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_assert_eq, prop_oneof,
    test_runner::TestCaseResult,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many things are done at once.
const AT_ONCE: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Act {
    Send,
    /// Of the message at this place among those that there are.
    Correct(usize),
    Retract(usize),
    Read(usize),
}

fn acts() -> impl Strategy<Value = Vec<(bool, Act)>> {
    let act = prop_oneof![
        2 => proptest::strategy::Just(Act::Send),
        3 => any::<usize>().prop_map(Act::Correct),
        2 => any::<usize>().prop_map(Act::Retract),
        1 => any::<usize>().prop_map(Act::Read),
    ];
    vec((any::<bool>(), act), 1..24)
}

/// What a device knows, by the rules for clients.
#[derive(Debug, Default)]
struct Device {
    messages: BTreeMap<i64, Value>,
    customer_read: i64,
    dentist_read: i64,
}

impl Device {
    fn of(frames: &[Value]) -> Self {
        let mut device = Self::default();
        for frame in frames {
            device.hear(frame);
        }
        device
    }

    fn hear(&mut self, frame: &Value) {
        let number = |name: &str| frame[name].as_i64().unwrap();
        match frame["type"].as_str().unwrap() {
            "message.created" | "message.updated" => {
                let (seq, message) = (number("seq"), content(&frame["message"]));
                let newer = self.messages.get(&seq).is_none_or(|known| age(known) < age(&message));
                if newer {
                    self.messages.insert(seq, message);
                }
            }
            "messages.read" if frame["reader"] == "customer" => {
                self.customer_read = self.customer_read.max(number("up_to_seq"));
            }
            "messages.read" => self.dentist_read = self.dentist_read.max(number("up_to_seq")),
            other => panic!("{other}"),
        }
    }
}

/// Which of two states of a message is the newer.
fn age(message: &Value) -> (bool, String) {
    let corrected_at = message["corrected_at"].as_str().unwrap_or_default().to_owned();
    (message["retracted_at"].is_string(), corrected_at)
}

/// A message without what the session's marks say.
fn content(message: &Value) -> Value {
    let mut message = message.clone();
    let members = message.as_object_mut().unwrap();
    members.remove("is_read");
    members.remove("read_at");
    message
}

async fn act(
    environment: &Environment,
    person: &Person,
    session: i64,
    last_seq: usize,
    act: Act,
) -> Reply {
    let seq = |place: usize| i64::try_from(1 + place % last_seq.max(1)).unwrap();
    match act {
        Act::Send => {
            let body = json!({"client_message_id": new_id(), "content": new_id()});
            environment.send(person, session, &body).await
        }
        Act::Correct(place) => environment.correct(person, session, seq(place), &new_id()).await,
        Act::Retract(place) => environment.retract(person, session, seq(place)).await,
        Act::Read(place) => environment.mark_read(person, session, seq(place)).await,
    }
}

async fn both_sides_see_what_is_there(
    chat: &Chat,
    environments: &[Environment],
    acts: Vec<(bool, Act)>,
) -> TestCaseResult {
    let (customer, dentist, session) = chat.conversation().await;
    let mut connections = Vec::new();
    for person in [&customer, &customer, &dentist, &dentist] {
        connections.push(chat.connect(person).await);
    }
    let mut sent = 0;
    for at_once in acts.chunks(AT_ONCE) {
        let replies = at_once.iter().zip(environments).map(|((by_customer, what), environment)| {
            let person = if *by_customer { &customer } else { &dentist };
            act(environment, person, session, sent, *what)
        });
        let replies = join_all(replies).await;
        sent += replies.iter().filter(|reply| reply.status == 201).count();
        let deliveries = replies
            .into_iter()
            .zip(environments)
            .filter(|(reply, _)| reply.delivery.is_some())
            .map(|(reply, environment)| environment.deliver(reply));
        join_all(deliveries).await;
    }
    for person in [&customer, &dentist] {
        let fresh = chat.list(person, session, &[("limit", 100)]).await;
        let fresh = fresh.expect(200);
        let messages: Vec<Value> =
            fresh["messages"].as_array().unwrap().iter().map(content).collect();
        for connection in &connections {
            let device = Device::of(&chat.gateway.frames(connection));
            prop_assert_eq!(&messages, &device.messages.into_values().collect::<Vec<_>>());
            prop_assert_eq!(&fresh["customer_read_seq"], device.customer_read);
            prop_assert_eq!(&fresh["dentist_read_seq"], device.dentist_read);
        }
    }
    Ok(())
}

#[test]
fn both_sides_views_equal_a_fresh_look_whatever_happens_at_once() {
    let prepare = async |chat: &Chat| chat.environments(AT_ONCE, &[("SEND_BURST", "0")]).await;
    check_property(40, prepare, &acts(), &async |chat, environments, acts| {
        both_sides_see_what_is_there(chat, environments, acts).await
    });
}
