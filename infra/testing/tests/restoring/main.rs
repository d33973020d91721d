//! After a restore: what was erased since the backup is erased again, and what was held is held. Apart from the
//! other tests of records, since it applies every tombstone of the bucket.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

#[path = "../records/help.rs"]
#[allow(dead_code, reason = "the other tests of records use the rest")]
mod help;

use chat_testing::{Chat, Database, Environment, with_chat};
use help::{CANARY, erasure, hold, own_ids, show};
use serde_json::{Value, json};
use std::{fs, process::Command};

/// Another database with what an export holds, as if it were a backup from then; and an environment on it.
async fn restored(chat: &Chat, zip: &[u8]) -> (Database, Environment) {
    let folder = std::env::temp_dir().join(chat_testing::new_id());
    fs::create_dir(&folder).unwrap();
    let file = folder.join("export.zip");
    fs::write(&file, zip).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/load-records");
    let sql = Command::new("python3").arg(script).arg(&file).output().unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(sql.status.success(), "{}", String::from_utf8_lossy(&sql.stderr));
    let database = Database::create(&chat.endpoints).await;
    let owner = database.another_owner().await;
    owner.batch_execute(&String::from_utf8(sql.stdout).unwrap()).await.unwrap();
    let environment = chat.environment_with(&[("DATABASE_URL", database.service_url.as_str())]);
    (database, environment)
}

async fn export(environment: &Environment, customer: i64) -> Vec<u8> {
    let answer = environment.duty("export-records", &json!({"customer_id": customer})).await;
    let key = answer["export"]["key"].as_str().unwrap_or_else(|| panic!("{answer}"));
    environment.app().vault.read(key).await.unwrap().unwrap()
}

async fn messages_of(database: &Database) -> Vec<String> {
    let sql =
        "SELECT content FROM chat_messages UNION ALL SELECT content FROM chat_message_revisions";
    database.rows(sql, &[]).await.iter().map(|row| row.get(0)).collect()
}

#[test]
fn an_export_loads_into_an_empty_database_and_exports_again_to_the_same_bytes() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        assert_eq!(chat.register_player(&customer, &chat_testing::new_id()).await.status, 200);
        chat.say(&customer, session, "a 'quote', a \\ backslash, \u{1f9b7} and a\nline").await;
        show(chat, &dentist, session).await;
        show(chat, &dentist, session).await;
        assert_eq!(chat.correct(&customer, session, 1, "corrected").await.status, 200);
        assert_eq!(chat.retract(&dentist, session, 2).await.status, 200);
        assert_eq!(chat.mark_read(&customer, session, 2).await.status, 200);
        let first = export(chat, customer.id).await;
        let (database, environment) = restored(chat, &first).await;
        let second = export(&environment, customer.id).await;
        assert!(first == second, "{} bytes became {}", first.len(), second.len());
        drop(environment);
        database.remove().await.unwrap();
    });
}

#[test]
fn what_was_erased_since_the_backup_is_erased_again_and_what_was_held_is_held() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, session) = chat.conversation().await;
        show(chat, &customer, session).await;
        assert_eq!(chat.correct(&customer, session, 1, "corrected").await.status, 200);
        let backup = export(chat, customer.id).await;
        let erased = chat.duty("erase-customer", &erasure(customer.id)).await;
        let ours = erased["erased"]["erasure_id"].as_str().unwrap();

        let (database, environment) = restored(chat, &backup).await;
        assert!(messages_of(&database).await.contains(&CANARY.to_owned()));
        let history = "SELECT id::text FROM database_history";
        let before: String = database.rows(history, &[]).await[0].get(0);
        let dry = environment.duty("reapply-erasures", &json!({"dry_run": true})).await;
        assert!(dry["erasures_applied"].as_u64().unwrap() >= 1, "{dry}");
        assert!(messages_of(&database).await.contains(&CANARY.to_owned()));
        let applied = environment.duty("reapply-erasures", &json!({})).await;
        // Of other tests there may be some that a hold stopped.
        assert!(!applied["left"].to_string().contains(ours), "{applied}");
        assert_eq!(messages_of(&database).await, Vec::<String>::new());
        let after: String = database.rows(history, &[]).await[0].get(0);
        assert_ne!(before, after, "clients would go on from where they were");
        let again = environment.duty("reapply-erasures", &json!({})).await;
        assert!(!again["left"].to_string().contains(ours), "{again}");
        assert_eq!(messages_of(&database).await, Vec::<String>::new());
        environment.get(&dentist, session).await.assert_problem("session_not_found");
        drop(environment);
        database.remove().await.unwrap();
    });
}

#[test]
fn a_hold_that_a_backup_does_not_know_stands_again() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "held").await;
        let backup = export(chat, customer.id).await;
        chat.duty("place-hold", &hold(("session_id", session), "A")).await;
        chat.duty("place-hold", &hold(("session_id", session), "B")).await;
        chat.duty("lift-hold", &hold(("session_id", session), "B")).await;
        let (database, environment) = restored(chat, &backup).await;
        environment.duty("reapply-erasures", &json!({})).await;
        let refused: Value = environment.duty("erase-customer", &erasure(customer.id)).await;
        assert_eq!(refused["code"], "on_hold", "{refused}");
        assert_eq!(refused["holds"].as_array().unwrap().len(), 1, "{refused}");
        environment.duty("lift-hold", &hold(("session_id", session), "A")).await;
        let erased = environment.duty("erase-customer", &erasure(customer.id)).await;
        assert_eq!(erased["erased"]["messages"], 1, "{erased}");
        drop(environment);
        database.remove().await.unwrap();
    });
}

#[test]
fn a_hold_that_was_lifted_and_placed_again_under_its_reference_stands() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "held").await;
        let subject = ("session_id", session);
        let backup = export(chat, customer.id).await;
        let (database, environment) = restored(chat, &backup).await;
        for round in 0..3 {
            if round > 0 {
                chat.duty("lift-hold", &hold(subject, "A")).await;
            }
            let placed = chat.duty("place-hold", &hold(subject, "A")).await;
            let standing = placed["hold"]["hold_id"].clone();
            // The database that knows all of them, and one that knows those of the round before.
            for environment in [&**chat, &environment] {
                environment.duty("reapply-erasures", &json!({})).await;
                let refused = environment.duty("erase-customer", &erasure(customer.id)).await;
                assert_eq!(refused["holds"][0]["hold_id"], standing, "{round}: {refused}");
                assert_eq!(refused["holds"].as_array().unwrap().len(), 1, "{refused}");
            }
        }
        drop(environment);
        database.remove().await.unwrap();
    });
}
