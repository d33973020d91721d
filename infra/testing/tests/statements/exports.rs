//! `exports/*`: an export has its customer's records while it works on them, and nobody else's.

use crate::help::{job, keep};
use chat::store::exports;
use chat_testing::{Chat, with_chat};
use std::time::Duration;
use uuid::Uuid;

const A_MINUTE: Duration = Duration::from_mins(1);

async fn begun(chat: &Chat, customer: i64) -> Uuid {
    let sql =
        "INSERT INTO exports (id, customer_id, begun_at) VALUES (gen_random_uuid(), $1, now())
        RETURNING id";
    chat.database.rows(sql, &[&customer]).await[0].get(0)
}

#[test]
fn an_export_goes_on_unless_another_job_has_the_records() {
    with_chat(async |chat| {
        let others = chat.customer().await.id;
        keep(chat, others, 0, &[], ("export", -60.0)).await;
        for (before, goes_on) in [
            (("export", 30.0), true),
            (("export", -30.0), true),
            (("erasure", -30.0), true),
            (("erasure", 30.0), false),
        ] {
            let customer = chat.customer().await.id;
            keep(chat, customer, 0, &[], before).await;
            let export = begun(chat, customer).await;
            let went_on = exports::go_on(&chat.app().db, export, "export", A_MINUTE).await;
            assert_eq!(went_on.unwrap(), goes_on, "{before:?}");
            let has = if goes_on { "export" } else { before.0 };
            assert_eq!(job(chat, customer).await, (Some(has.to_owned()), true), "{before:?}");
            assert_eq!(job(chat, others).await, (Some("export".to_owned()), false));
        }
    });
}

#[test]
fn an_export_is_finished_once_and_then_leaves_the_records_to_the_next() {
    with_chat(async |chat| {
        let (customer, db) = (chat.customer().await.id, &chat.app().db);
        keep(chat, customer, 0, &[], ("export", 60.0)).await;
        let export = begun(chat, customer).await;
        exports::finish(db, export, "first", "1", "export").await.unwrap();
        assert_eq!(job(chat, customer).await, (None, false));

        begun(chat, customer).await;
        keep(chat, customer, 0, &[], ("export", 60.0)).await;
        exports::finish(db, export, "second", "2", "export").await.unwrap();
        assert_eq!(job(chat, customer).await, (Some("export".to_owned()), true));
        let key = "SELECT key FROM exports WHERE id = $1";
        assert_eq!(chat.database.rows(key, &[&export]).await[0].get::<_, &str>(0), "first");
        assert!(!exports::go_on(db, export, "export", A_MINUTE).await.unwrap());
    });
}
