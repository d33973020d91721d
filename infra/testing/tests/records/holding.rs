//! While a hold stands, nothing is erased and nothing expires.

use crate::help::{age, erasure, hold, keeping_for, own_ids};
use chat_testing::with_chat;
use serde_json::json;

#[test]
fn a_hold_on_a_customer_or_on_a_session_refuses_an_erasure() {
    with_chat(async |chat| {
        own_ids(chat).await;
        for name in ["customer_id", "session_id"] {
            let (customer, _, session) = chat.conversation().await;
            chat.say(&customer, session, "kept").await;
            let subject = (name, if name == "customer_id" { customer.id } else { session });
            let placed = chat.duty("place-hold", &hold(subject, "12 C 34/26")).await;
            assert_eq!(placed["is_new"], true, "{placed}");
            for dry_run in [true, false] {
                let mut event = erasure(customer.id);
                event["dry_run"] = dry_run.into();
                let refused = chat.duty("erase-customer", &event).await;
                assert_eq!(
                    (&refused["code"], &refused["status"]),
                    (&json!("on_hold"), &json!(409))
                );
                assert_eq!(refused["holds"][0]["reference"], "12 C 34/26");
            }
            assert_eq!(chat.get(&customer, session).await.expect(200)["last_seq"], 1);
            let lifted = chat.duty("lift-hold", &hold(subject, "12 C 34/26")).await;
            assert_eq!(lifted["standing"], json!([]), "{lifted}");
            let erased = chat.duty("erase-customer", &erasure(customer.id)).await;
            assert_eq!(erased["erased"]["messages"], 1, "{erased}");
        }
    });
}

#[test]
fn a_hold_is_one_however_often_it_is_placed_and_others_stand_when_it_is_lifted() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        let subject = ("session_id", session);
        for is_new in [true, false, false] {
            let placed = chat.duty("place-hold", &hold(subject, "A")).await;
            assert_eq!(placed["is_new"], is_new);
        }
        chat.duty("place-hold", &hold(subject, "B")).await;
        let lifted = chat.duty("lift-hold", &hold(subject, "A")).await;
        assert_eq!(lifted["standing"][0]["reference"], "B");
        let again = chat.duty("lift-hold", &hold(subject, "A")).await;
        assert_eq!(again["code"], "hold_not_found");
        let refused = chat.duty("erase-customer", &erasure(customer.id)).await;
        assert_eq!(refused["code"], "on_hold");
    });
}

#[test]
fn what_is_asked_must_be_right() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let both = json!({"customer_id": 1, "session_id": 1, "reason": "a", "reference": "b"});
        for event in [json!({}), both, json!({"customer_id": 1, "reason": " ", "reference": "b"})] {
            let refused = chat.duty("place-hold", &event).await;
            assert_eq!(
                (&refused["status"], &refused["code"]),
                (&json!(400), &json!("invalid_request"))
            );
        }
        let duties = [
            "place-hold",
            "lift-hold",
            "export-records",
            "erase-customer",
            "apply-retention",
            "reapply-erasures",
            "list-access",
        ];
        let unlike = [
            json!([]),
            json!("dry_run"),
            json!({"dryRun": true}),
            json!({"dry_run": "true"}),
            json!({"dry_run": null}),
        ];
        for (duty, event) in duties.iter().flat_map(|duty| unlike.iter().map(move |it| (duty, it)))
        {
            let refused = chat.duty(duty, event).await;
            assert_eq!(refused["code"], "invalid_request", "{duty} {event}: {refused}");
        }
        let unknown = chat.duty("place-hold", &hold(("session_id", 1), "A")).await;
        assert_eq!(unknown["code"], "session_not_found");
    });
}

#[test]
fn nothing_that_is_held_expires_and_what_is_not_does() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, dentist, held) = chat.conversation().await;
        let other = chat.session(&customer, &chat.dentist().await).await;
        for session in [held, other] {
            chat.say(&customer, session, "old").await;
            age(chat, session, 100).await;
        }
        chat.duty("place-hold", &hold(("session_id", held), "A")).await;
        let report = keeping_for(chat, 90).duty("apply-retention", &json!({})).await;
        assert_eq!((&report["messages"], &report["kept"]), (&json!(1), &json!(1)), "{report}");
        let page = chat.list(&dentist, held, &[]).await;
        assert_eq!(page.expect(200)["messages"].as_array().unwrap().len(), 1);
        chat.duty("lift-hold", &hold(("session_id", held), "A")).await;
        let report = keeping_for(chat, 90).duty("apply-retention", &json!({})).await;
        assert_eq!(report["messages"], 1, "{report}");
    });
}

#[test]
fn a_hold_that_comes_while_an_erasure_waits_for_the_lock_stops_it() {
    with_chat(async |chat| {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "kept").await;
        chat.duty("place-hold", &hold(("customer_id", customer.id), "first")).await;
        chat.duty("lift-hold", &hold(("customer_id", customer.id), "first")).await;
        // The hold has the lock and is not committed yet: whatever the erasure saw before, it waits.
        chat.database.rows("BEGIN", &[]).await;
        let held = "UPDATE record_keeping SET customer_holds = 1 WHERE customer_id = $1";
        chat.database.rows(held, &[&customer.id]).await;
        let event = erasure(customer.id);
        let erasing = chat.duty("erase-customer", &event);
        let committing = async {
            chat.database.until_a_lock_is_waited_for().await;
            chat.database.rows("COMMIT", &[]).await;
        };
        let (refused, ()) = tokio::join!(erasing, committing);
        assert_eq!(refused["code"], "on_hold", "{refused}");
        assert_eq!(chat.get(&customer, session).await.expect(200)["last_seq"], 1);
    });
}
