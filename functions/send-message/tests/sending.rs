//! A message is stored once, numbered, and answered with.

use chat_testing::{new_id, with_chat};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};

#[test]
fn a_message_is_answered_with_as_it_is_stored() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let id = new_id();
        let body = json!({"client_message_id": id, "content": " Grüße 🦷\n"});
        let reply = chat.send(&customer, session, &body).await;
        let message = reply.expect(201);
        let expected = json!({
            "id": message["id"], "session_id": session, "seq": 1, "sender_type": "customer",
            "sender_id": customer.id, "content": " Grüße 🦷\n", "image_urls": [], "images": [],
            "client_message_id": id, "created_at": message["created_at"], "is_read": false,
            "read_at": null, "corrected_at": null, "retracted_at": null,
        });
        assert_eq!(message, &expected);
        assert!(message["id"].is_i64());
        assert!(message["created_at"].as_str().unwrap().ends_with('Z'));
        assert_eq!(reply.headers["content-type"], "application/json");
        assert_eq!(reply.headers["cache-control"], "no-store");

        let listed = chat.list(&customer, session, &[]).await;
        assert_eq!(listed.body["messages"], json!([message]));
    });
}

#[test]
fn both_sides_share_one_sequence() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for (expected, person) in (1..).zip([&customer, &dentist, &dentist, &customer]) {
            assert_eq!(chat.say(person, session, "hello").await["seq"], expected);
        }
    });
}

#[test]
fn a_message_makes_its_session_the_most_recent() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let before = chat.get(&customer, session).await.body["updated_at"].clone();
        let message = chat.say(&customer, session, "hello").await;
        let after = chat.get(&customer, session).await.body["updated_at"].clone();
        assert_ne!(after, before);
        assert_eq!(after, message["created_at"]);
    });
}

#[test]
fn a_retry_answers_200_with_the_stored_message_and_changes_nothing() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let body = json!({"client_message_id": new_id(), "content": "once"});
        let first = chat.send(&customer, session, &body).await;
        let read = chat.mark_read(&dentist, session, 1).await;
        assert_eq!(read.status, 200);
        let before = chat.get(&customer, session).await;

        let retry = chat.send(&customer, session, &body).await;
        let mut expected = first.expect(201).clone();
        expected["is_read"] = json!(true);
        expected["read_at"] = retry.body["read_at"].clone();
        assert_eq!(retry.expect(200), &expected);
        assert!(retry.delivery.is_none());
        assert_eq!(chat.get(&customer, session).await.body, before.body);
    });
}

#[test]
fn the_letter_case_of_the_id_makes_no_other_message() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let id = new_id();
        let first = json!({"client_message_id": id, "content": "once"});
        let first = chat.send(&customer, session, &first).await;
        let second = json!({"client_message_id": id.to_uppercase(), "content": "once"});
        let second = chat.send(&customer, session, &second).await;
        assert_eq!(second.expect(200), first.expect(201));
    });
}

#[test]
fn fifty_parallel_retries_store_one_message() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let body = json!({"client_message_id": new_id(), "content": "once"});
        let environments = chat.environments(50, &[]).await;
        let sends =
            environments.iter().map(|environment| environment.send(&customer, session, &body));
        let replies = join_all(sends).await;

        let stored: Vec<&Value> = replies.iter().map(|reply| &reply.body["id"]).collect();
        assert!(stored[0].is_i64());
        assert!(stored.iter().all(|id| *id == stored[0]), "{stored:?}");
        let created = replies.iter().filter(|reply| reply.status == 201).count();
        let repeated = replies.iter().filter(|reply| reply.status == 200).count();
        assert_eq!((created, repeated), (1, 49));
        assert_eq!(chat.database.number("SELECT count(*) FROM chat_messages", &[]).await, 1);
        assert_eq!(
            chat.database.number("SELECT count(*) FROM outbox WHERE change = 'message'", &[]).await,
            1
        );
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 1);
    });
}

#[test]
fn an_id_is_refused_for_another_content() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let id = new_id();
        let body = json!({"client_message_id": id, "content": "this"});
        assert_eq!(chat.send(&customer, session, &body).await.status, 201);
        let body = json!({"client_message_id": id, "content": "that"});
        chat.send(&customer, session, &body).await.assert_problem("client_message_id_reused");
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 1);
    });
}

#[test]
fn an_id_is_refused_for_the_same_text_without_its_images() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let body = json!({"client_message_id": new_id(), "content": "this"});
        assert_eq!(chat.send(&customer, session, &body).await.status, 201);
        // As if it had been sent with one.
        let sql = "UPDATE chat_messages SET image_urls = '[\"key\"]' WHERE session_id = $1";
        chat.database.rows(sql, &[&session]).await;
        chat.send(&customer, session, &body).await.assert_problem("client_message_id_reused");
    });
}

#[test]
fn a_send_and_its_retry_cost_the_same_in_a_long_session() {
    with_chat(async |chat| {
        let (customer, dentist, short) = chat.conversation().await;
        let long = chat.session(&customer, &chat.dentist().await).await;
        let others = chat.session(&chat.customer().await, &dentist).await;
        for (session, length) in [(short, 50), (long, 20_000), (others, 20_000)] {
            chat.fill(session, length).await;
        }
        let a_day_ago = "UPDATE chat_messages SET created_at = created_at - interval '1 day'";
        chat.database.rows(a_day_ago, &[]).await;
        chat.database.rows("ANALYZE chat_messages", &[]).await;
        let mut pages = Vec::new();
        for session in [short, long] {
            let body = json!({"client_message_id": new_id(), "content": "hello"});
            // The first in each session reads what the server keeps from then on.
            chat.say(&customer, session, "hello").await;
            for status in [201, 200] {
                let before = chat.database.pages_looked_at().await;
                let reply = chat.send(&customer, session, &body).await;
                assert_eq!(reply.status, status);
                pages.push(chat.database.pages_looked_at().await - before);
            }
        }
        let [send, retry, long_send, long_retry] = pages[..] else { unreachable!() };
        // An index may be two levels deeper; reading the session's messages would be hundreds of pages.
        assert!(long_send <= send + 40 && long_retry <= retry + 40, "{pages:?}");
    });
}

#[test]
fn another_persons_identical_id_is_another_message() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        // Even someone of the same number is someone else.
        let dentist = chat.people.namesake(&customer).await;
        let session = chat.session(&customer, &dentist).await;
        let body = json!({"client_message_id": new_id(), "content": "same"});
        assert_eq!(chat.send(&customer, session, &body).await.expect(201)["seq"], 1);
        assert_eq!(chat.send(&dentist, session, &body).await.expect(201)["seq"], 2);
    });
}

#[test]
fn an_id_can_be_used_again_in_another_session() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let dentist = chat.dentist().await;
        let other = chat.session(&customer, &dentist).await;
        let body = json!({"client_message_id": new_id(), "content": "same"});
        assert_eq!(chat.send(&customer, session, &body).await.expect(201)["seq"], 1);
        assert_eq!(chat.send(&customer, other, &body).await.expect(201)["seq"], 1);
    });
}

#[test]
fn an_archived_session_takes_no_message_but_answers_retries() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let body = json!({"client_message_id": new_id(), "content": "in time"});
        let first = chat.send(&customer, session, &body).await;
        chat.archive(session).await;

        let retry = chat.send(&customer, session, &body).await;
        assert_eq!(retry.expect(200), first.expect(201));
        let changed = json!({"client_message_id": body["client_message_id"], "content": "changed"});
        let changed = chat.send(&customer, session, &changed).await;
        changed.assert_problem("client_message_id_reused");
        let late = json!({"client_message_id": new_id(), "content": "too late"});
        chat.send(&customer, session, &late).await.assert_problem("session_archived");
    });
}

#[test]
fn sixteen_senders_leave_no_gap_and_a_poller_skips_nothing() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let environments = chat.environments(16, &[("SEND_BURST", "0")]).await;
        let senders = environments.iter().enumerate().map(|(number, environment)| {
            let person = if number % 2 == 0 { &customer } else { &dentist };
            async move {
                let mut acknowledged = Vec::new();
                for _ in 0..25 {
                    let message = environment.say(person, session, "hello").await;
                    acknowledged.push(message["seq"].as_i64().unwrap());
                }
                acknowledged
            }
        });
        let poller = async {
            let mut seen = Vec::new();
            while seen.len() < 16 * 25 {
                let after = seen.last().copied().unwrap_or(0);
                let page = chat.list(&customer, session, &[("after", after), ("limit", 7)]).await;
                let messages = page.expect(200)["messages"].as_array().unwrap();
                seen.extend(messages.iter().map(|message| message["seq"].as_i64().unwrap()));
            }
            seen
        };
        let (acknowledged, seen) = join(join_all(senders), poller).await;
        let mut acknowledged = acknowledged.concat();
        acknowledged.sort_unstable();
        let all: Vec<i64> = (1..=16 * 25).collect();
        assert_eq!(acknowledged, all);
        assert_eq!(seen, all);
    });
}
