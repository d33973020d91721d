//! Two people, several devices, both directions.

use crate::heard_nothing_more;
use chat_e2e::{Person, Stack, new_id};
use serde_json::{Value, json};

#[tokio::test]
async fn every_device_of_both_hears_every_message() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let stranger = stack.dentist().await;
    let mut devices = [
        customer.connect().await,
        customer.connect().await,
        dentist.connect().await,
        dentist.connect().await,
    ];
    let mut elsewhere = stranger.connect().await;

    for (seq, sender, text) in [(1, &customer, "My tooth hurts"), (2, &dentist, "Which one?")] {
        let stored = sender.say(session, text).await.expect(201).clone();
        assert_is_message(&stored, session, seq, sender, text);
        for device in &mut devices {
            assert_eq!(device.message(session, seq).await, stored);
        }
    }
    heard_nothing_more([&mut elsewhere]).await;
    assert_eq!(customer.all_messages(session).await, dentist.all_messages(session).await);
}

#[tokio::test]
async fn a_new_session_is_told_to_both_in_their_own_view() {
    let stack = Stack::shared();
    let (customer, dentist) = stack.pair().await;
    let (mut at_customer, mut at_dentist) = (customer.connect().await, dentist.connect().await);

    let created = customer.create_session(&dentist).await;
    let created = created.expect(201);
    let told = at_customer.expect("session.created").await;
    assert_eq!(told, json!({"type": "session.created", "session": created}));
    let told = at_dentist.expect("session.created").await;
    assert_eq!(told, json!({"type": "session.created", "session": created}));

    let session = created["id"].as_i64().unwrap();
    assert_eq!(
        created,
        &json!({
            "id": session, "status": "active",
            "customer": {"id": customer.id, "name": customer.name},
            "dentist": {"id": dentist.id, "name": dentist.name},
            "created_at": created["created_at"], "updated_at": created["created_at"],
            "last_seq": 0, "last_message": null, "unread_count": 0,
            "customer_read_seq": 0, "dentist_read_seq": 0,
        })
    );
    // The same again is no news.
    assert_eq!(customer.create_session(&dentist).await.expect(200), created);
    assert_eq!(dentist.create_session(&customer).await.expect(200), created);
    heard_nothing_more([&mut at_customer, &mut at_dentist]).await;
}

#[tokio::test]
async fn each_side_counts_what_it_has_not_read() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    customer.say(session, "one").await.is(201);
    dentist.say(session, "two").await.is(201);
    customer.say(session, "three").await.is(201);

    let seen_by = async |person: &Person| person.get_session(session).await.expect(200).clone();
    assert_eq!(seen_by(&customer).await["unread_count"], 1);
    assert_eq!(seen_by(&dentist).await["unread_count"], 2);
    assert_eq!(seen_by(&dentist).await["last_message"]["content"], "three");
    assert_eq!(seen_by(&dentist).await["last_seq"], 3);

    dentist.mark_read(session, 3).await.is(200);
    assert_eq!(seen_by(&customer).await["unread_count"], 1);
    assert_eq!(seen_by(&dentist).await["unread_count"], 0);
    assert_eq!(seen_by(&customer).await["last_message"]["is_read"], true);
}

#[tokio::test]
async fn twenty_creates_at_once_give_one_session() {
    let stack = Stack::shared();
    let (customer, dentist) = stack.pair().await;
    let mut socket = customer.connect().await;
    let creates = (0..20).map(|_| customer.create_session(&dentist));
    let replies = futures_util::future::join_all(creates).await;
    let count = |status| replies.iter().filter(|reply| reply.status == status).count();
    assert_eq!((count(201), count(200)), (1, 19));
    assert!(replies.iter().all(|reply| reply.body["id"] == replies[0].body["id"]));
    socket.expect("session.created").await;
    heard_nothing_more([&mut socket]).await;
}

#[tokio::test]
async fn who_may_start_a_session_with_whom() {
    let stack = Stack::shared();
    let (customer, dentist) = stack.pair().await;
    let nobody = stack.unknown(chat_e2e::Role::Dentist).await;
    customer.create_session(&nobody).await.is_problem(404, "unknown_dentist");

    // A dentist learns nothing about customers whom they have not met.
    let never_met = dentist.create_session(&customer).await;
    never_met.is_problem(404, "unknown_customer");
    let unknown = stack.unknown(chat_e2e::Role::Customer).await;
    let not_there = dentist.create_session(&unknown).await;
    assert_eq!(never_met.without_request_id(), not_there.without_request_id());

    let first = customer.create_session(&dentist).await.id(201);
    dentist.update_session(first, "archived").await.is(200);
    let second = dentist.create_session(&customer).await.id(201);
    assert_ne!(first, second);
}

#[tokio::test]
async fn frames_go_to_whoever_is_connected_when_the_message_is_committed() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let device = dentist.connect().await;
    device.close().await;
    let body = json!({"client_message_id": new_id(), "content": "Are you there?"});
    let stored = customer.send(session, &body).await.expect(201).clone();

    let mut device = dentist.connect().await;
    let missed = dentist.list_messages(session, "after=0").await;
    assert_eq!(missed.expect(200)["messages"], json!([stored]));
    customer.say(session, "Hello?").await.is(201);
    assert_eq!(device.message(session, 2).await["content"], "Hello?");
    heard_nothing_more([&mut device]).await;
}

fn assert_is_message(message: &Value, session: i64, seq: i64, sender: &Person, text: &str) {
    assert_eq!(
        message,
        &json!({
            "id": message["id"], "session_id": session, "seq": seq,
            "sender_type": sender.role.as_str(), "sender_id": sender.id, "content": text,
            "image_urls": [], "images": [], "client_message_id": message["client_message_id"],
            "created_at": message["created_at"], "is_read": false, "read_at": null,
        })
    );
    let created_at = message["created_at"].as_str().unwrap();
    assert!(created_at.ends_with('Z'), "{created_at}");
}
