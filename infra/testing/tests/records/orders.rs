//! Whatever is asked in whatever order: a hold always wins, nothing half-erased stays, and an export holds what
//! was there.

use crate::help::{age, entry, erasure, hold, keeping_for, own_ids, traces};
use chat_testing::{Chat, Person, check_property};
use proptest::{prelude::*, prop_assert, prop_assert_eq};
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
enum Act {
    Send,
    Correct,
    Retract,
    Age,
    HoldCustomer,
    LiftCustomer,
    HoldSession,
    LiftSession,
    Retain,
    Erase { killed_after: Option<u64> },
    Export,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => Just(Act::Send),
        1 => Just(Act::Correct),
        1 => Just(Act::Retract),
        1 => Just(Act::Age),
        1 => Just(Act::HoldCustomer),
        1 => Just(Act::LiftCustomer),
        1 => Just(Act::HoldSession),
        1 => Just(Act::LiftSession),
        1 => Just(Act::Retain),
        2 => proptest::option::of(0_u64..25).prop_map(|killed_after| Act::Erase { killed_after }),
        1 => Just(Act::Export),
    ];
    proptest::collection::vec(act, 1..14)
}

/// What is to be there.
#[derive(Debug)]
struct Model {
    session: i64,
    sessions: Vec<i64>,
    /// The messages that are there: text, retracted, old.
    messages: Vec<(i64, String, bool, bool)>,
    sent: i64,
    customer_held: bool,
    session_held: bool,
}

#[test]
fn a_hold_wins_in_every_order_and_nothing_is_ever_half_there() {
    check_property(
        24,
        async |chat| own_ids(chat).await,
        &acts(),
        &async |chat: &Chat, (), acts: Vec<Act>| {
            let (customer, dentist, session) = chat.conversation().await;
            let mut model = Model {
                session,
                sessions: vec![session],
                messages: Vec::new(),
                sent: 0,
                customer_held: false,
                session_held: false,
            };
            for act in acts {
                play(chat, &customer, &dentist, &mut model, act).await?;
                compare(chat, &customer, &model).await?;
            }
            Ok(())
        },
    );
}

async fn play(
    chat: &Chat,
    customer: &Person,
    dentist: &Person,
    model: &mut Model,
    act: Act,
) -> Result<(), TestCaseError> {
    let session = model.session;
    let is_held = model.customer_held || model.session_held;
    match act {
        Act::Send => {
            model.sent += 1;
            let said = format!("said {}", model.sent);
            let message = chat.say(customer, session, &said).await;
            model.messages.push((message["seq"].as_i64().unwrap(), said, false, false));
        }
        Act::Correct => {
            if let Some(last) = model.messages.last_mut().filter(|it| !it.2 && !it.3) {
                last.1.push_str(", corrected");
                assert_eq!(chat.correct(customer, session, last.0, &last.1).await.status, 200);
            }
        }
        Act::Retract => {
            if let Some(last) = model.messages.last_mut() {
                (last.1, last.2) = (String::new(), true);
                assert_eq!(chat.retract(customer, session, last.0).await.status, 200);
            }
        }
        Act::Age => {
            age(chat, session, 100).await;
            model.messages.iter_mut().for_each(|it| it.3 = true);
        }
        Act::HoldCustomer => {
            let event = hold(("customer_id", customer.id), "A");
            chat.duty("place-hold", &event).await;
            model.customer_held = true;
        }
        Act::LiftCustomer => {
            chat.duty("lift-hold", &hold(("customer_id", customer.id), "A")).await;
            model.customer_held = false;
        }
        Act::HoldSession => {
            chat.duty("place-hold", &hold(("session_id", session), "B")).await;
            model.session_held = true;
        }
        Act::LiftSession => {
            chat.duty("lift-hold", &hold(("session_id", session), "B")).await;
            model.session_held = false;
        }
        Act::Retain => {
            keeping_for(chat, 90).duty("apply-retention", &json!({})).await;
            if !is_held {
                model.messages.retain(|it| !it.3);
            }
        }
        Act::Erase { killed_after } => {
            if let Some(killed_after) = killed_after {
                let environment = chat.environment();
                let event = erasure(customer.id);
                let erasing = environment.duty("erase-customer", &event);
                let _ = tokio::time::timeout(Duration::from_millis(killed_after), erasing).await;
            }
            let answer = chat.duty("erase-customer", &erasure(customer.id)).await;
            prop_assert_eq!(answer["code"] == "on_hold", is_held, "{}", answer);
            if !is_held {
                let left = traces(chat, customer.id, &model.sessions).await;
                prop_assert_eq!(left, 0);
                model.messages.clear();
                model.session = chat.session(customer, dentist).await;
                model.sessions.push(model.session);
            }
        }
        Act::Export => {
            let export = chat.duty("export-records", &json!({"customer_id": customer.id})).await;
            let key = export["export"]["key"].as_str().unwrap_or_default();
            let zip = chat.app().vault.read(key).await.unwrap();
            prop_assert!(zip.is_some(), "{}", export);
            let records = entry(&zip.unwrap(), "records.json");
            let records: Value = serde_json::from_slice(&records).unwrap();
            let messages = records["sessions"][0]["messages"].as_array().unwrap();
            let held: Vec<_> = messages.iter().map(|it| it["content"].as_str().unwrap()).collect();
            let expected: Vec<_> = model.messages.iter().map(|it| it.1.as_str()).collect();
            prop_assert_eq!(held, expected);
        }
    }
    Ok(())
}

async fn compare(chat: &Chat, customer: &Person, model: &Model) -> Result<(), TestCaseError> {
    let page = chat.list(customer, model.session, &[("after", 0), ("limit", 100)]).await;
    let page = page.expect(200);
    let messages = page["messages"].as_array().unwrap();
    let seen: Vec<_> = messages
        .iter()
        .map(|it| (it["seq"].as_i64().unwrap(), it["content"].as_str().unwrap()))
        .collect();
    let expected: Vec<_> = model.messages.iter().map(|it| (it.0, it.1.as_str())).collect();
    prop_assert_eq!(seen, expected);
    prop_assert_eq!(&page["has_more_before"], &json!(false));
    Ok(())
}
