//! Who had access, as far as the database knows.

use crate::help::{hold, own_ids};
use chat_testing::with_chat;
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
        let later = json!({"session_id": session, "from": "2999-01-01T00:00:00Z", "until": "3000-01-01T00:00:00Z"});
        assert_eq!(chat.duty("list-access", &later).await["events"], json!([]));
    });
}

fn said(event: &Value) -> String {
    let side = event["by"].as_str().filter(|by| *by != "operator").unwrap_or_default();
    let seq = |name: &str| event[name].as_i64().unwrap_or_default();
    format!("{} {side} {}-{}", event["act"].as_str().unwrap(), seq("first_seq"), seq("last_seq"))
}
