//! Who had access, as far as the database knows.

use crate::help::{bystander, erasure, hold, lively, own_ids};
use chat_testing::{Chat, with_chat};
use serde_json::{Value, json};

#[test]
fn who_created_wrote_read_exported_and_held_is_listed_within_a_span() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "canary").await;
        chat.say(&customer, session, "canary").await;
        assert_eq!(chat.mark_read(&dentist, session, 1).await.status, 200);
        chat.duty("place-hold", &hold(("session_id", session), "A")).await;
        chat.duty("export-records", &json!({"session_id": session})).await;
        for asked in [json!({"session_id": session}), json!({"customer_id": customer.id})] {
            let listed = chat.duty("list-access", &asked).await;
            let text = listed.to_string();
            assert!(!text.contains("canary"), "{text}");
            let acts: Vec<_> = listed["events"].as_array().unwrap().iter().map(said).collect();
            let expected = [
                "held  0-0",
                "exported  0-0",
                "created  0-0",
                "wrote customer 1-2",
                "read dentist 1-1",
            ];
            assert_eq!(acts, expected.map(str::to_owned), "{text}");
            assert_eq!(listed["next"], Value::Null);
        }
        for year in [1999, 2999] {
            let (from, until) =
                (format!("{year}-01-01T00:00:00Z"), format!("{}-01-01T00:00:00Z", year + 1));
            let asked = json!({"session_id": session, "from": from, "until": until});
            assert_eq!(chat.duty("list-access", &asked).await["events"], json!([]), "{year}");
        }
    });
}

#[test]
fn what_was_done_with_anything_else_is_not_listed() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, session) = lively(chat).await;
        chat.duty("place-hold", &hold(("session_id", session), "A")).await;
        // What was done with all of the customer's records was done with these.
        chat.duty("place-hold", &hold(("customer_id", customer.id), "all")).await;
        let of_session = json!({"session_id": session});
        let listed = events(chat, &of_session).await;
        let acts: Vec<_> = listed.iter().map(said).collect();
        let expected = [
            "held  0-0",
            "held  0-0",
            "created  0-0",
            "wrote customer 1-1",
            "wrote dentist 2-3",
            "read customer 2-2",
            "read dentist 1-1",
        ];
        assert_eq!(acts, expected.map(str::to_owned));

        let second = chat.session(&customer, &chat.dentist().await).await;
        chat.say(&customer, second, "canary").await;
        chat.duty("place-hold", &hold(("session_id", second), "B")).await;
        chat.duty("lift-hold", &hold(("session_id", second), "B")).await;
        chat.duty("export-records", &json!({"session_id": second})).await;
        let of_customer = json!({"customer_id": customer.id});
        let all = events(chat, &of_customer).await;
        assert_eq!(all.len(), 7 + 5, "{all:?}");

        bystander(chat).await;
        assert_eq!(events(chat, &of_session).await, listed);
        assert_eq!(events(chat, &of_customer).await, all);

        for lift in [("customer_id", customer.id, "all"), ("session_id", session, "A")] {
            chat.duty("lift-hold", &hold((lift.0, lift.1), lift.2)).await;
        }
        let third = chat.session(&customer, &chat.dentist().await).await;
        chat.duty("export-records", &json!({"session_id": third})).await;
        chat.duty("erase-customer", &erasure(customer.id)).await;
        // What was done with a session by itself is found when it is gone, too.
        for (gone, act) in [(session, "held"), (third, "exported")] {
            let asked = json!({"session_id": gone});
            let acts = events(chat, &asked).await;
            assert!(
                acts.iter().any(|event| event["session_id"] == gone && event["act"] == act),
                "{act}"
            );
        }
        let acts = events(chat, &of_customer).await;
        let count = |act: &str| acts.iter().filter(|event| event["act"] == act).count();
        assert_eq!(
            [count("held"), count("released"), count("erasure begun"), count("erased")],
            [3, 3, 1, 1]
        );
    });
}

async fn events(chat: &Chat, asked: &Value) -> Vec<Value> {
    chat.duty("list-access", asked).await["events"].as_array().unwrap().clone()
}

fn said(event: &Value) -> String {
    let side = event["by"].as_str().filter(|by| *by != "operator").unwrap_or_default();
    let seq = |name: &str| event[name].as_i64().unwrap_or_default();
    format!("{} {side} {}-{}", event["act"].as_str().unwrap(), seq("first_seq"), seq("last_seq"))
}
