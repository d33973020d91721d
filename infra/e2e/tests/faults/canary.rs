//! Nothing that is said leaves the chat: not at the most talkative log level, not when things fail.

use crate::{conversation_with_phone, time_passes, turn::Turn};
use chat_e2e::{Condition, Dependency, Image, Person, Reply, SOON, eventually, new_id};
use serde_json::json;

const TEXT: &str = "canary-8d1f-periodontitis";

#[tokio::test]
async fn what_is_said_is_in_no_log_push_or_error() {
    let turn = Turn::begin().await;
    let (customer, dentist, session, player) = conversation_with_phone(&turn).await;
    let mut socket = customer.connect().await;
    let key = dentist.upload(session, &Image::jpeg()).await;
    let body = json!({"client_message_id": new_id(), "content": TEXT, "image_urls": [key]});
    let sent = dentist.send(session, &body).await;
    sent.is(201);
    let url = sent.body["images"][0]["url"].as_str().unwrap().to_owned();
    assert_eq!(socket.message(session, 1).await["content"], TEXT);
    customer.list_messages(session, "").await.is(200);
    customer.list_sessions("").await.is(200);
    customer.mark_read(session, 1).await.is(200);
    socket.say(json!({"action": TEXT, "session_id": session})).await;
    let complaint = socket.expect("error").await.to_string();
    socket.close().await;
    dentist.say(session, &format!("{TEXT} again")).await.is(201);
    dentist.say(session, &format!("{TEXT} by mistake")).await.is(201);
    dentist.correct(session, 3, &format!("{TEXT} corrected")).await.is(200);
    dentist.retract(session, 3).await.is(200);
    let rings = async || {
        time_passes(&turn, session).await;
        turn.redeliver().await;
        (!turn.pushes_to(&player).await.is_empty()).then_some(())
    };
    eventually("a push", SOON, rings).await;

    let replies = refusals(&turn, &customer, session, &key).await;
    let pushes = turn.pushes_to(&player).await;
    let signature = url.split("X-Amz-Signature=").nth(1).unwrap();
    let secrets = [TEXT, &customer.token, &dentist.token, &url, &signature[..64]];
    for secret in secrets {
        for reply in &replies {
            assert!(!reply.text.contains(secret), "{}", reply.text);
        }
        assert!(!complaint.contains(secret), "{complaint}");
        assert!(!pushes.iter().any(|push| push.body.to_string().contains(secret)));
    }
    operators_act(&turn, &customer, session).await;
    let log = turn.log();
    assert!(log.contains("audit"), "the log tells what was done");
    for line in log.lines() {
        for secret in [TEXT, &customer.token, &dentist.token, &url, signature, &customer.email] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

/// What operators do with records, each with the text in the request where one is taken.
async fn operators_act(turn: &Turn, customer: &Person, session: i64) {
    let hold = json!({"customer_id": customer.id, "reason": TEXT, "reference": TEXT});
    let subject = json!({"customer_id": customer.id});
    let erasure = json!({"customer_id": customer.id, "reference": TEXT});
    for (function, event) in [
        ("place-hold", &hold),
        ("erase-customer", &erasure),
        ("export-records", &subject),
        ("export-records", &json!({"session_id": session})),
        ("list-access", &subject),
        ("list-access", &json!({"session_id": TEXT})),
        ("apply-retention", &json!({"dry_run": TEXT})),
        ("lift-hold", &hold),
        ("erase-customer", &erasure),
        ("reapply-erasures", &json!({"dry_run": true})),
        ("reapply-erasures", &json!({TEXT: TEXT})),
    ] {
        turn.invoke(function, event).await.is(200);
    }
    customer.get_session(session).await.is(404);
}

/// Errors of every kind, each with the text in the request.
async fn refusals(turn: &Turn, customer: &Person, session: i64, key: &str) -> Vec<Reply> {
    let id = new_id();
    let message = |content: &str| json!({"client_message_id": id, "content": content});
    let stranger = turn.customer().await;
    customer.send(session, &message("first")).await.is(201);
    let mut replies = vec![
        customer.send(session, &message(TEXT)).await,
        customer.send(session, &json!({"client_message_id": TEXT, "content": TEXT})).await,
        customer
            .send(
                session,
                &json!({"client_message_id": new_id(), "content": TEXT, "image_urls": [key]}),
            )
            .await,
        stranger.send(session, &json!({"client_message_id": new_id(), "content": TEXT})).await,
        customer.list_sessions(&format!("cursor={TEXT}")).await,
        customer.register_player(TEXT).await,
        customer.correct(session, 1, TEXT).await,
        stranger.correct(session, 1, TEXT).await,
        customer.correct(session, 4, &TEXT.repeat(1_000)).await,
    ];
    for dependency in [Dependency::Postgres, Dependency::MySql] {
        turn.set(dependency, Condition::Down).await;
        let body = json!({"client_message_id": new_id(), "content": TEXT});
        replies.push(customer.send(session, &body).await);
        replies.push(turn.unknown(chat_e2e::Role::Customer).await.send(session, &body).await);
        replies.push(customer.correct(session, 4, TEXT).await);
        turn.set(dependency, Condition::Up).await;
    }
    // With Jarvis away, one who is remembered is served.
    replies.retain(|reply| reply.status >= 400);
    assert_eq!(replies.len(), 13);
    replies
}
