//! An export of 100,000 messages with 200 images, killed ten times on its way: whole, right, with the hash that it
//! has without the kills, in little memory. A process of its own, for its memory is looked at.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

#[path = "../records/help.rs"]
#[allow(dead_code, reason = "the other tests of records use the rest")]
mod help;

use chat_testing::{Chat, Person, with_chat};
use help::own_ids;
use serde_json::json;
use std::{fs, time::Duration};
use tokio::time::timeout;

const MESSAGES: i64 = 100_000;
const KILLS: u64 = 10;

/// Gives every 500th message an image of a quarter of a megabyte.
async fn show_images(chat: &Chat, customer: &Person, session: i64) {
    let uploads = chat.environment_with(&[("SEND_BURST", "0")]);
    for seq in (500..=MESSAGES).step_by(500) {
        let mut bytes = help::image(250_000);
        // Not all the same.
        bytes[100..108].copy_from_slice(&seq.to_le_bytes());
        let key = help::put(&uploads, customer, session, bytes).await;
        let sql = "INSERT INTO message_images (key, session_id, seq) VALUES ($1, $2, $3)";
        chat.database.rows(sql, &[&key, &session, &seq]).await;
        let sql = "UPDATE chat_messages SET image_urls = jsonb_build_array($1::text)
            WHERE session_id = $2 AND seq = $3";
        chat.database.rows(sql, &[&key, &session, &seq]).await;
    }
}

/// The most memory that this process has had, in megabytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "takes minutes where programs are not optimized: run it with --ignored"]
fn killed_ten_times_an_export_is_whole_and_has_the_hash_that_it_has_without() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, MESSAGES).await;
        show_images(chat, &customer, session).await;
        let event = json!({"customer_id": customer.id});
        let mut killed = 0;
        let answer = loop {
            let environment = chat.environment();
            let patience = Duration::from_millis(700 + 400 * killed);
            let running = environment.try_duty("export-records", &event);
            if killed == KILLS {
                break running.await.unwrap();
            }
            if let Ok(answer) = timeout(patience, running).await {
                break answer.unwrap();
            }
            killed += 1;
        };
        let export = &answer["export"];
        assert_eq!((killed, &export["images_missing"]), (KILLS, &json!(0)), "{answer}");
        let again = chat.duty("export-records", &event).await;
        assert_eq!(again["export"]["sha256"], export["sha256"]);
        assert_eq!(again["export"]["bytes"], export["bytes"]);
        let peak = peak();
        assert!(peak < 128, "{peak} MB");

        let zip = chat.app().vault.read(export["key"].as_str().unwrap()).await.unwrap().unwrap();
        let end = &zip[zip.len() - 22..];
        assert_eq!(u16::from_le_bytes([end[10], end[11]]), 202, "entries");
        eprintln!("{} bytes, at most {peak} MB", zip.len());
    });
}
