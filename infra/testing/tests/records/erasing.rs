//! What is erased is gone from every table and from both buckets; only a tombstone stays.

use crate::help::{CANARY, erasure, everything, hold, own_ids, show, traces, upload};
use chat_testing::{new_id, with_chat};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn an_erasure_leaves_a_tombstone_and_nothing_else() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        let (other, _, kept) = chat.conversation().await;
        chat.say(&other, kept, "another customer's").await;
        assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
        let keys = [
            show(chat, &customer, session).await,
            show(chat, &dentist, session).await,
            upload(chat, &customer, session).await,
        ];
        assert_eq!(chat.correct(&customer, session, 1, "corrected").await.status, 200);
        assert_eq!(chat.retract(&dentist, session, 2).await.status, 200);
        assert_eq!(chat.mark_read(&dentist, session, 2).await.status, 200);
        chat.connect(&customer).await;
        let export = chat.duty("export-records", &json!({"customer_id": customer.id})).await;
        let exported = export["export"]["key"].as_str().unwrap().to_owned();
        assert!(everything(chat).await.contains(CANARY));

        let mut dry_run = erasure(customer.id);
        dry_run["dry_run"] = true.into();
        let would = chat.duty("erase-customer", &dry_run).await;
        assert_eq!(would["would_erase"], json!({"sessions": 1, "messages": 2}));
        let answer = chat.duty("erase-customer", &erasure(customer.id)).await;
        let tombstone = &answer["erased"];
        let counted = ["sessions", "messages", "revisions", "images"].map(|name| &tombstone[name]);
        assert_eq!(counted, [&json!(1), &json!(2), &json!(2), &json!(2)], "{answer}");

        assert!(!everything(chat).await.contains(CANARY));
        assert_eq!(traces(chat, customer.id, &[session]).await, 0);
        let vault = &chat.app().vault;
        for key in &keys {
            assert!(vault.image(key).await.unwrap().is_none(), "{key}");
        }
        assert!(vault.read(&exported).await.unwrap().is_none());
        let left = format!("exports/customer-{}/", customer.id);
        assert_eq!(vault.keys(&left, None).await.unwrap(), Vec::<String>::new());
        let key = format!("tombstones/{}.json", tombstone["erasure_id"].as_str().unwrap());
        let stored = vault.read(&key).await.unwrap().unwrap();
        assert_eq!(&serde_json::from_slice::<Value>(&stored).unwrap(), tombstone);
        assert!(vault.erase(true, &key).await.is_err(), "a tombstone was deleted");

        chat.send(&customer, session, &json!({"client_message_id": new_id(), "content": "x"}))
            .await
            .assert_problem("session_not_found");
        chat.get(&dentist, session).await.assert_problem("session_not_found");
        assert_eq!(chat.get(&other, kept).await.expect(200)["last_seq"], 1);
        assert_eq!(chat.duty("erase-customer", &erasure(customer.id)).await, answer);
    });
}

#[test]
fn a_customer_who_comes_back_begins_anew_and_can_be_erased_again() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "before").await;
        chat.duty("erase-customer", &erasure(customer.id)).await;
        let anew = chat.session(&customer, &dentist).await;
        assert_ne!(anew, session);
        chat.say(&customer, anew, "after").await;
        let second = chat.duty("erase-customer", &erasure(customer.id)).await;
        assert_eq!(second["erased"]["messages"], 1, "{second}");
        assert_eq!(traces(chat, customer.id, &[session, anew]).await, 0);
    });
}

#[test]
fn senders_of_an_erasure_get_404_and_nothing_comes_back() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 3_000).await;
        let senders = chat.environments(4, &[("SEND_BURST", "0")]).await;
        let erased = std::cell::Cell::new(false);
        let send = async |number: usize| {
            let person = if number.is_multiple_of(2) { &customer } else { &dentist };
            loop {
                let body = json!({"client_message_id": new_id(), "content": CANARY});
                let reply = senders[number].send(person, session, &body).await;
                if reply.status == 404 || erased.get() {
                    assert_eq!(reply.status, 404, "{}", reply.text);
                    return;
                }
                assert!(matches!(reply.status, 201 | 503), "{}", reply.text);
            }
        };
        let event = erasure(customer.id);
        let erase = async {
            loop {
                // A sender may hold the session's lock for longer than a step waits.
                match chat.try_duty("erase-customer", &event).await {
                    Ok(answer) if answer["erased"].is_object() => {
                        erased.set(true);
                        return answer;
                    }
                    Ok(answer) => assert_eq!(answer["retryable"], true, "{answer}"),
                    Err(error) => assert_eq!(error.code(), "unavailable"),
                }
            }
        };
        let (answer, ..) = tokio::join!(erase, send(0), send(1), send(2), send(3));
        assert!(answer["erased"]["messages"].as_i64().unwrap() >= 3_000, "{answer}");
        assert_eq!(traces(chat, customer.id, &[session]).await, 0);
        assert!(!everything(chat).await.contains(CANARY));
    });
}

#[test]
fn killed_anywhere_and_asked_again_an_erasure_is_whole() {
    with_chat(async |chat| {
        own_ids(chat).await;
        for kill_after in (0..40_u64).step_by(4) {
            let (customer, _, session) = chat.conversation().await;
            let key = show(chat, &customer, session).await;
            for number in 0..5 {
                chat.say(&customer, session, &format!("{CANARY} {number}")).await;
            }
            let event = erasure(customer.id);
            let environment = chat.environment();
            environment.warm().await;
            let erasing = environment.duty("erase-customer", &event);
            let killed = tokio::time::timeout(Duration::from_millis(kill_after), erasing).await;
            let answer = chat.duty("erase-customer", &event).await;
            assert_eq!(answer["erased"]["messages"], 6, "{killed:?} {answer}");
            assert_eq!(traces(chat, customer.id, &[session]).await, 0);
            assert!(chat.app().vault.image(&key).await.unwrap().is_none());
        }
    });
}

#[test]
fn a_hold_stops_an_erasure_between_two_steps_and_what_is_left_is_whole() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 4_000).await;
        let environment = chat.environment();
        let event = erasure(customer.id);
        let erase = environment.duty("erase-customer", &event);
        let place = async {
            let begun = "SELECT count(*) FROM chat_sessions WHERE id = $1 AND first_seq > 1";
            while chat.database.number(begun, &[&session]).await == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            chat.duty("place-hold", &hold(("customer_id", customer.id), "A")).await
        };
        let (refused, placed) = tokio::join!(erase, place);
        assert_eq!((&refused["code"], &placed["erasure_begun"]), (&json!("on_hold"), &json!(true)));
        let page = chat.list(&dentist, session, &[("after", 0), ("limit", 1)]).await;
        let page = page.expect(200);
        assert_eq!(page["has_more_before"], false);
        let first = page["messages"][0]["seq"].as_i64().unwrap();
        assert!(first > 1 && first < 4_000, "{first}");
        let sql = "SELECT count(*) FROM chat_messages WHERE session_id = $1";
        assert_eq!(chat.database.number(sql, &[&session]).await, 4_001 - first);
        chat.duty("lift-hold", &hold(("customer_id", customer.id), "A")).await;
        let answer = chat.duty("erase-customer", &event).await;
        assert_eq!(answer["erased"]["messages"], 4_000, "{answer}");
        assert_eq!(traces(chat, customer.id, &[session]).await, 0);
    });
}
