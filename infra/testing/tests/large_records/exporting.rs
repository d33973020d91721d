//! An export that is killed on its way is whole, right, and has the hash that it has without, in little memory.

use crate::{
    help::{entry, exported, image, own_ids},
    is_full_size,
};
use chat_testing::{Chat, Person, with_chat};
use serde_json::{Value, json};
use std::{fs, time::Duration};
use tokio::time::sleep;

/// How much there is, and how often an export of it is killed: fewer times than it has parts.
struct Size {
    messages: i64,
    images: i64,
    image_bytes: usize,
    kills: usize,
}

const FULL: Size = Size { messages: 100_000, images: 200, image_bytes: 600_000, kills: 10 };
const SHORT: Size = Size { messages: 2_000, images: 20, image_bytes: 2_000_000, kills: 3 };
/// Of which a function has 128.
const MOST_MEGABYTES: u64 = 128;

/// Not all the same.
fn image_of(seq: i64, size: &Size) -> Vec<u8> {
    let mut bytes = image(size.image_bytes);
    bytes[100..108].copy_from_slice(&seq.to_le_bytes());
    bytes
}

fn with_images(size: &Size) -> impl Iterator<Item = i64> {
    let every = size.messages / size.images;
    (1..=size.images).map(move |number| number * every)
}

async fn show_images(chat: &Chat, customer: &Person, session: i64, size: &Size) {
    let uploads = chat.environment_with(&[("SEND_BURST", "0")]);
    for seq in with_images(size) {
        let key = uploads.upload(customer, session, image_of(seq, size)).await;
        let sql = "INSERT INTO message_images (key, session_id, seq) VALUES ($1, $2, $3)";
        chat.database.rows(sql, &[&key, &session, &seq]).await;
        let sql = "UPDATE chat_messages SET image_urls = jsonb_build_array($1::text)
            WHERE session_id = $2 AND seq = $3";
        chat.database.rows(sql, &[&key, &session, &seq]).await;
    }
}

/// How many parts of an export are noted beside it.
async fn parts(chat: &Chat, folder: &str) -> usize {
    let keys = chat.app().vault.keys(folder, None).await.unwrap();
    keys.iter().filter(|key| key.contains("/part-")).count()
}

/// Exports, and dies after each part that is noted, each time a little later. The answer of the run that may live.
async fn killed(chat: &Chat, customer: &Person, kills: usize) -> Value {
    let folder = format!("exports/customer-{}/", customer.id);
    let event = json!({"customer_id": customer.id});
    for kill in 0..kills {
        let before = parts(chat, &folder).await;
        let environment = chat.environment();
        let dies = async {
            while parts(chat, &folder).await <= before {
                sleep(Duration::from_millis(2)).await;
            }
            sleep(Duration::from_millis(7 * u64::try_from(kill).unwrap())).await;
        };
        tokio::select! {
            answer = environment.duty("export-records", &event) => {
                panic!("it was whole before it was killed {kills} times: {answer}")
            }
            () = dies => {}
        }
    }
    chat.duty("export-records", &event).await
}

/// The most memory that this process has had, in megabytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn assert_whole(zip: &[u8], size: &Size) {
    let records: Value = serde_json::from_slice(&entry(zip, "records.json")).unwrap();
    let messages = records["sessions"][0]["messages"].as_array().unwrap();
    let seqs = messages.iter().map(|message| message["seq"].as_i64().unwrap());
    assert!(seqs.eq(1..=size.messages), "{} messages", messages.len());
    for (message, seq) in messages.iter().zip(1..) {
        assert_eq!(message["content"], format!("message {seq}"));
    }
    let page = String::from_utf8(entry(zip, "index.html")).unwrap();
    assert_eq!(page.matches("<article").count(), messages.len());
    for seq in with_images(size) {
        let index = usize::try_from(seq - 1).unwrap();
        let file = messages[index]["images"][0]["file"].as_str().unwrap();
        assert!(entry(zip, file) == image_of(seq, size), "{file}");
    }
}

#[test]
fn killed_again_and_again_an_export_is_whole_and_has_the_hash_that_it_has_without() {
    let size = if is_full_size() { FULL } else { SHORT };
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, size.messages).await;
        show_images(chat, &customer, session, &size).await;
        let answer = killed(chat, &customer, size.kills).await;
        let export = &answer["export"];
        assert_eq!(export["images_missing"], 0, "{answer}");
        let again = chat.duty("export-records", &json!({"customer_id": customer.id})).await;
        assert_eq!(again["export"]["sha256"], export["sha256"]);
        assert_eq!(again["export"]["bytes"], export["bytes"]);
        let peak = peak();
        assert!(peak < MOST_MEGABYTES, "{peak} MB");

        let zip = exported(chat, &answer).await;
        assert_whole(&zip, &size);
        let (messages, images, kills) = (size.messages, size.images, size.kills);
        eprintln!(
            "{messages} messages and {images} images, killed {kills} times: {} bytes, at most {peak} MB",
            zip.len()
        );
    });
}
