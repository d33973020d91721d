//! What the tests of records share.

use chat_testing::{Chat, Environment, Person, new_id};
use flate2::read::DeflateDecoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};

/// What no table, object or log line may have once it is erased.
pub const CANARY: &str = "canary-4711";

/// Gives this test sessions of ids that no other test has: the buckets are everybody's.
pub async fn own_ids(chat: &Chat) {
    let first = i64::from_str_radix(&new_id()[..8], 16).unwrap() * 1_000_000;
    let sql = "SELECT setval('chat_sessions_id_seq', $1::bigint)";
    chat.database.rows(sql, &[&first]).await;
}

/// An environment whose retention period is so long.
pub fn keeping_for(chat: &Chat, days: u32) -> Environment {
    chat.environment_with(&[("RETENTION_DAYS", &days.to_string())])
}

/// A JPEG, as far as anyone looks, with a canary in it.
pub fn image(size: usize) -> Vec<u8> {
    let mut bytes = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01".to_vec();
    bytes.write_all(CANARY.as_bytes()).unwrap();
    bytes.resize(size, 0x5A);
    bytes
}

/// Uploads an image; its key.
pub async fn upload(chat: &Chat, person: &Person, session: i64) -> String {
    chat.upload(person, session, image(300)).await
}

/// Sends an image with a canary for a text.
pub async fn show(chat: &Chat, person: &Person, session: i64) -> String {
    let key = upload(chat, person, session).await;
    let body = json!({"client_message_id": new_id(), "content": CANARY, "image_urls": [key]});
    assert_eq!(chat.send(person, session, &body).await.status, 201);
    key
}

/// A customer and their session, in which both sides have said, shown, corrected, retracted and read.
pub async fn lively(chat: &Chat) -> (Person, i64) {
    let (customer, dentist, session) = chat.conversation().await;
    chat.say(&customer, session, "It hurts a lot").await;
    show(chat, &dentist, session).await;
    show(chat, &dentist, session).await;
    assert_eq!(chat.correct(&customer, session, 1, "It hurts a little").await.status, 200);
    assert_eq!(chat.retract(&dentist, session, 2).await.status, 200);
    assert_eq!(chat.mark_read(&customer, session, 2).await.status, 200);
    assert_eq!(chat.mark_read(&dentist, session, 1).await.status, 200);
    (customer, session)
}

/// Somebody else of whom everything is kept, under the numbers that others' records have too; their id.
pub async fn bystander(chat: &Chat) -> i64 {
    let (customer, session) = lively(chat).await;
    assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
    for (subject, reference) in
        [(("session_id", session), "B"), (("customer_id", customer.id), "C")]
    {
        chat.duty("place-hold", &hold(subject, reference)).await;
        chat.duty("lift-hold", &hold(subject, reference)).await;
    }
    chat.duty("export-records", &json!({"session_id": session})).await;
    chat.duty("export-records", &json!({"customer_id": customer.id})).await;
    let mark = "INSERT INTO read_marks (session_id, reader, from_seq, up_to_seq, read_at)
        VALUES ($1, 'customer', 0, 3, now())";
    chat.database.rows(mark, &[&session]).await;
    for sql in [
        "INSERT INTO exports (id, customer_id, begun_at) VALUES (gen_random_uuid(), $1, now())",
        "UPDATE record_keeping SET job = 'export', busy_until = now() + interval '1 hour' WHERE customer_id = $1",
        "INSERT INTO erasures (id, customer_id, reference, begun_at, finished_at, sealed_at)
             VALUES (gen_random_uuid(), $1, 'D', now(), now(), now())",
    ] {
        chat.database.rows(sql, &[&customer.id]).await;
    }
    customer.id
}

/// The ZIP of an export, which has the hash and the length that were said.
pub async fn exported(chat: &Chat, answer: &Value) -> Vec<u8> {
    let export = &answer["export"];
    let zip = chat.app().vault.read(export["key"].as_str().unwrap()).await.unwrap().unwrap();
    let digest = Sha256::digest(&zip);
    let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert_eq!((&export["sha256"], &export["bytes"]), (&json!(hex), &json!(zip.len())));
    zip
}

/// Every row of every table, as text, but those that migrations and operators write.
pub async fn everything(chat: &Chat) -> String {
    let tables = "SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1";
    let mut all = String::new();
    for row in chat.database.rows(tables, &[]).await {
        let table: String = row.get(0);
        let sql = format!("SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM {table} t");
        let rows: String = chat.database.rows(&sql, &[]).await[0].get(0);
        all.extend([&table, ": ", &rows, "\n"]);
    }
    all
}

/// How many rows of this customer's or these sessions are anywhere but among operators' own.
pub async fn traces(chat: &Chat, customer: i64, sessions: &[i64]) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM chat_sessions WHERE customer_id = $1 OR id = ANY ($2))
        + (SELECT count(*) FROM chat_messages WHERE session_id = ANY ($2))
        + (SELECT count(*) FROM chat_message_revisions WHERE session_id = ANY ($2))
        + (SELECT count(*) FROM message_images WHERE session_id = ANY ($2))
        + (SELECT count(*) FROM outbox WHERE session_id = ANY ($2))
        + (SELECT count(*) FROM read_marks WHERE session_id = ANY ($2))
        + (SELECT count(*) FROM sender_acts WHERE session_id = ANY ($2))
        + (SELECT count(*) FROM erased_objects WHERE customer_id = $1)
        + (SELECT count(*) FROM customer_notification_mapping WHERE customer_id = $1)
        + (SELECT count(*) FROM websocket_connections WHERE user_type = 'customer' AND user_id = $1)";
    chat.database.number(sql, &[&customer, &sessions]).await
}

/// Makes all messages of a session so many days older.
pub async fn age(chat: &Chat, session: i64, days: i32) {
    let sql = "UPDATE chat_messages SET created_at = created_at - make_interval(days => $2)
        WHERE session_id = $1";
    chat.database.rows(sql, &[&session, &days]).await;
    let sql = "UPDATE chat_sessions SET updated_at = updated_at - make_interval(days => $2),
        created_at = created_at - make_interval(days => $2) WHERE id = $1";
    chat.database.rows(sql, &[&session, &days]).await;
}

/// A hold's event.
pub fn hold(subject: (&str, i64), reference: &str) -> Value {
    let (name, id) = subject;
    json!({name: id, "reason": "proceedings", "reference": reference})
}

/// An erasure's event.
pub fn erasure(customer: i64) -> Value {
    json!({"customer_id": customer, "reference": "request 117"})
}

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
