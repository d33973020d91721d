//! What is handed over: everything, in one ZIP, the same bytes for the same records.

use crate::help::{CANARY, image, own_ids, show};
use chat_testing::{Chat, new_id, with_chat};
use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use std::io::Read as _;

/// An entry of a ZIP, found by its central directory.
pub fn entry(zip: &[u8], name: &str) -> Vec<u8> {
    let number = |at: usize, length: usize| {
        zip[at..at + length].iter().rev().fold(0_usize, |all, byte| all << 8 | usize::from(*byte))
    };
    let end = zip.len() - 22;
    assert_eq!(number(end, 4), 0x0605_4b50);
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    for _ in 0..count {
        let (name_length, extra) = (number(at + 28, 2), number(at + 30, 2));
        if &zip[at + 46..at + 46 + name_length] == name.as_bytes() {
            let (packed, local) = (number(at + 20, 4), number(at + 42, 4));
            let begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
            let packed = &zip[begin..begin + packed];
            let mut bytes = Vec::new();
            match number(at + 10, 2) {
                0 => bytes.extend_from_slice(packed),
                _ => drop(DeflateDecoder::new(packed).read_to_end(&mut bytes).unwrap()),
            }
            assert_eq!(bytes.len(), number(at + 24, 4), "{name}");
            return bytes;
        }
        at += 46 + name_length + extra;
    }
    panic!("there is no {name}");
}

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
        for message in &messages[1..] {
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
