//! What is handed over: everything, in one ZIP, the same bytes for the same records.

use crate::help::{CANARY, bystander, entry, image, lively, own_ids, show, upload};
use chat_testing::{Chat, new_id, with_chat};
use serde_json::{Value, json};

async fn export(chat: &Chat, event: &Value) -> (Vec<u8>, String) {
    let answer = chat.duty("export-records", event).await;
    let export = &answer["export"];
    assert!(export.is_object(), "{answer}");
    let zip = chat.app().vault.read(export["key"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(export["bytes"], zip.len());
    (zip, export["sha256"].as_str().unwrap().to_owned())
}

#[test]
fn an_export_has_every_revision_image_and_mark_and_reads_without_a_network() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
        chat.say(&customer, session, "It hurts <b>a lot</b> & more").await;
        show(chat, &dentist, session).await;
        show(chat, &dentist, session).await;
        assert_eq!(chat.correct(&customer, session, 1, "It hurts a little").await.status, 200);
        assert_eq!(chat.retract(&dentist, session, 2).await.status, 200);
        assert_eq!(chat.mark_read(&customer, session, 2).await.status, 200);
        let event = json!({"customer_id": customer.id});
        let (zip, sha256) = export(chat, &event).await;
        assert_eq!(
            export(chat, &event).await,
            (zip.clone(), sha256),
            "the same records, other bytes"
        );

        let records: Value = serde_json::from_slice(&entry(&zip, "records.json")).unwrap();
        assert_eq!((&records["format"], &records["version"]), (&json!("chat-records"), &json!(1)));
        assert_eq!(records["notification_mapping"]["id"].as_i64(), Some(1));
        let session = &records["sessions"][0];
        assert_eq!(session["session"]["customer_read_seq"], 2);
        let messages = session["messages"].as_array().unwrap();
        assert_eq!(messages[0]["content"], "It hurts a little");
        assert_eq!(messages[0]["revisions"][0]["content"], "It hurts <b>a lot</b> & more");
        assert_eq!((&messages[1]["content"], &messages[1]["image_urls"]), (&json!(""), &json!([])));
        assert_eq!(messages[1]["revisions"][0]["content"], CANARY);
        assert_eq!(messages[0]["images"], json!([]));
        for message in &messages[1..] {
            assert_eq!(message["images"].as_array().unwrap().len(), 1);
            let file = message["images"][0]["file"].as_str().unwrap();
            assert_eq!(entry(&zip, file), image(300), "{file}");
        }

        let page = String::from_utf8(entry(&zip, "index.html")).unwrap();
        assert!(
            page.contains("It hurts a little")
                && page.contains("It hurts &lt;b&gt;a lot&lt;/b&gt;")
        );
        let last = messages[2]["images"][0]["file"].as_str().unwrap();
        assert!(page.contains(&format!("<img src=\"{last}\"")), "{page}");
        for outside in ["<script", "http:", "https:", "//", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
    });
}

#[test]
fn images_are_handed_over_in_the_order_in_which_they_were_shown() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        for is_retracted in [false, true] {
            let mut keys = Vec::new();
            for _ in 0..3 {
                keys.push(upload(chat, &customer, session).await);
            }
            // Not as their keys are ordered.
            keys.sort();
            keys.reverse();
            let body = json!({"client_message_id": new_id(), "image_urls": keys});
            let sent = chat.send(&customer, session, &body).await;
            let seq = sent.expect(201)["seq"].as_i64().unwrap();
            if is_retracted {
                assert_eq!(chat.retract(&customer, session, seq).await.status, 200);
            }
            let (zip, _) = export(chat, &json!({"session_id": session})).await;
            let records: Value = serde_json::from_slice(&entry(&zip, "records.json")).unwrap();
            let messages = records["sessions"][0]["messages"].as_array().unwrap();
            let images = messages.last().unwrap()["images"].as_array().unwrap();
            let shown: Vec<_> = images.iter().map(|image| image["key"].as_str().unwrap()).collect();
            assert_eq!(shown, keys, "retracted: {is_retracted}");
        }
    });
}

#[test]
fn one_session_can_be_handed_over_alone() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        let other = chat.session(&customer, &chat.dentist().await).await;
        chat.say(&customer, session, "meant").await;
        chat.say(&customer, other, "not meant").await;
        let (zip, _) = export(chat, &json!({"session_id": session})).await;
        let records: Value = serde_json::from_slice(&entry(&zip, "records.json")).unwrap();
        let sessions = records["sessions"].as_array().unwrap();
        assert_eq!((sessions.len(), &sessions[0]["session"]["id"]), (1, &json!(session)));
        assert_eq!(records["notification_mapping"], Value::Null);
        let dry = chat
            .duty("export-records", &json!({"customer_id": customer.id, "dry_run": true}))
            .await;
        assert_eq!(dry["would_export"], json!({"sessions": 2, "messages": 2}));
        let unknown = chat.duty("export-records", &json!({"session_id": 1})).await;
        assert_eq!(unknown["code"], "session_not_found");
    });
}

#[test]
fn nobody_elses_records_are_handed_over_or_touched() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, session) = lively(chat).await;
        let subjects = [json!({"customer_id": customer.id}), json!({"session_id": session})];
        let before = [export(chat, &subjects[0]).await, export(chat, &subjects[1]).await];
        let other = bystander(chat).await;
        let theirs = "SELECT to_jsonb(k)::text FROM record_keeping k WHERE customer_id = $1
            UNION ALL SELECT to_jsonb(e)::text FROM exports e WHERE customer_id = $1 ORDER BY 1";
        let theirs = async || {
            let rows = chat.database.rows(theirs, &[&other]).await;
            rows.iter().map(|row| row.get(0)).collect::<Vec<String>>()
        };
        let untouched = theirs().await;
        assert_eq!(untouched.len(), 4, "{untouched:?}");
        let after = [export(chat, &subjects[0]).await, export(chat, &subjects[1]).await];
        assert!(after == before, "somebody else's records changed what is handed over");
        assert_eq!(theirs().await, untouched);
    });
}

#[test]
fn an_export_that_nobody_went_on_with_begins_anew() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "before").await;
        let begun = "INSERT INTO exports (id, customer_id, begun_at)
            VALUES (gen_random_uuid(), $1, now() - make_interval(hours => $2))";
        for (hours, messages) in [(25, 1), (1, 0)] {
            chat.database.rows(begun, &[&customer.id, &hours]).await;
            let (zip, _) = export(chat, &json!({"customer_id": customer.id})).await;
            let records: Value = serde_json::from_slice(&entry(&zip, "records.json")).unwrap();
            let held = records["sessions"][0]["messages"].as_array().unwrap();
            assert_eq!(held.len(), messages, "begun {hours} hours ago");
        }
    });
}
