//! Who may do what, for every route that the template has.

use chat_testing::{Chat, Event, Operation, Person, Reply, new_id, with_chat};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};

/// What each kind of caller gets.
struct Row {
    other_customer: i64,
    other_dentist: i64,
    its_customer: i64,
    its_dentist: i64,
}

/// The contract's table. An operation without a row does not compile.
fn row(operation: Operation) -> Row {
    let row = |other_customer, other_dentist, its_customer, its_dentist| Row {
        other_customer,
        other_dentist,
        its_customer,
        its_dentist,
    };
    match operation {
        // Another customer starts a session of their own; another dentist never met the customer.
        Operation::CreateSession => row(201, 404, 200, 200),
        Operation::ListSessions | Operation::Sync => row(200, 200, 200, 200),
        Operation::GetSession | Operation::ListMessages | Operation::MarkRead => {
            row(404, 404, 200, 200)
        }
        Operation::UpdateSession => row(404, 404, 403, 200),
        // The message is the customer's.
        Operation::CorrectMessage | Operation::RetractMessage => row(404, 404, 200, 403),
        Operation::SendMessage | Operation::CreateUpload => row(404, 404, 201, 201),
        Operation::RegisterPlayer => row(200, 403, 200, 403),
        Operation::UnregisterPlayer => row(204, 403, 204, 403),
    }
}

/// Two people, and their session with a message of each.
struct Conversation {
    customer: Person,
    dentist: Person,
    session: i64,
}

/// A request that is right but for who makes it.
fn request(operation: Operation, person: &Person, about: &Conversation, session: i64) -> Event {
    let is_customer = person.role == about.customer.role;
    let body = match operation {
        Operation::CreateSession if is_customer => json!({"dentist_id": about.dentist.id}),
        Operation::CreateSession => json!({"customer_id": about.customer.id}),
        Operation::UpdateSession => json!({"status": "active"}),
        Operation::SendMessage => json!({"client_message_id": new_id(), "content": "hello"}),
        Operation::CorrectMessage => json!({"content": "from the customer, corrected"}),
        Operation::MarkRead => json!({"up_to_seq": 1}),
        Operation::CreateUpload => json!({"content_type": "image/png", "content_length": 10}),
        Operation::RegisterPlayer => json!({"onesignal_player_id": new_id()}),
        Operation::ListSessions
        | Operation::Sync
        | Operation::GetSession
        | Operation::ListMessages
        | Operation::RetractMessage
        | Operation::UnregisterPlayer => Value::Null,
    };
    let event = Event::of(operation, person);
    let event = if body.is_null() { event } else { event.json(&body) };
    if operation.names_a_session() { event.session(session) } else { event }
}

async fn conversation(chat: &Chat) -> Conversation {
    let (customer, dentist, session) = chat.conversation().await;
    chat.say(&customer, session, "from the customer").await;
    chat.say(&dentist, session, "from the dentist").await;
    Conversation { customer, dentist, session }
}

#[test]
fn every_route_of_the_template_is_an_operation_of_these_tests() {
    let template = concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml");
    let template = fs::read_to_string(template).unwrap();
    let values = |name: &str| -> Vec<String> {
        let lines = template.lines().filter_map(|line| line.trim().strip_prefix(name));
        lines.map(|value| value.trim().to_owned()).collect()
    };
    let (methods, paths) = (values("Method: "), values("Path: "));
    assert_eq!(methods.len(), paths.len());
    let routes: BTreeSet<String> =
        methods.iter().zip(&paths).map(|(method, path)| format!("{method} {path}")).collect();
    let known = Operation::ALL.iter().map(|operation| operation.route().to_owned());
    assert_eq!(routes, known.collect());
}

#[test]
fn whose_tokens_are_revoked_may_do_nothing() {
    with_chat(async |chat| {
        let about = conversation(chat).await;
        for person in [&about.customer, &about.dentist] {
            let event = json!({format!("{}_id", person.role.as_str()): person.id});
            chat.duty("revoke-tokens", &event).await;
        }
        // One that asks at each call, and one that remembers.
        for max_age in ["0", "3600"] {
            let environment = chat.environment_with(&[("REVOCATIONS_MAX_AGE_SECONDS", max_age)]);
            for operation in Operation::ALL {
                for person in [&about.customer, &about.dentist] {
                    let event = request(operation, person, &about, about.session);
                    let reply = environment.invoke(operation, event).await;
                    // Phones are customers' only, whoever asks.
                    let is_forbidden = person.id == about.dentist.id
                        && matches!(
                            operation,
                            Operation::RegisterPlayer | Operation::UnregisterPlayer
                        );
                    reply.assert_problem(if is_forbidden {
                        "forbidden"
                    } else {
                        "unauthenticated"
                    });
                }
            }
        }
    });
}

#[test]
fn everyone_may_do_what_the_table_says_and_no_more() {
    with_chat(async |chat| {
        let about = conversation(chat).await;
        // Among the strangers are those who share a participant's number.
        let customers = [chat.customer().await, chat.people.namesake(&about.dentist).await];
        let dentists = [chat.dentist().await, chat.people.namesake(&about.customer).await];
        for operation in Operation::ALL {
            let row = row(operation);
            let others = customers.iter().map(|person| (person, row.other_customer));
            let others = others.chain(dentists.iter().map(|person| (person, row.other_dentist)));
            let own = [(&about.customer, row.its_customer), (&about.dentist, row.its_dentist)];
            for (person, status) in others.chain(own) {
                let event = request(operation, person, &about, about.session);
                let reply = chat.invoke(operation, event).await;
                assert_eq!(reply.status, status, "{operation:?} by {person:?}: {}", reply.text);
                match (status, operation) {
                    (403, _) => reply.assert_problem("forbidden"),
                    (404, Operation::CreateSession) => reply.assert_problem("unknown_customer"),
                    (404, _) => reply.assert_problem("session_not_found"),
                    _ => {}
                }
            }
        }
    });
}

#[test]
fn strangers_cannot_tell_a_session_from_none() {
    with_chat(async |chat| {
        let about = conversation(chat).await;
        let archived = chat.session(&about.customer, &chat.dentist().await).await;
        chat.archive(archived).await;
        let strangers = [
            chat.customer().await,
            chat.dentist().await,
            chat.people.namesake(&about.customer).await,
            chat.people.namesake(&about.dentist).await,
        ];
        let bytes = |reply: &Reply| reply.text.replace(&reply.request_id, "");
        for operation in Operation::ALL.into_iter().filter(|operation| operation.names_a_session())
        {
            for person in &strangers {
                let absent = request(operation, person, &about, i64::MAX);
                let absent = chat.invoke(operation, absent).await;
                absent.assert_problem("session_not_found");
                for session in [about.session, archived] {
                    let foreign = request(operation, person, &about, session);
                    let foreign = chat.invoke(operation, foreign).await;
                    assert_eq!(bytes(&foreign), bytes(&absent), "{operation:?}");
                    assert_eq!(foreign.headers, absent.headers);
                }
            }
        }
    });
}

#[test]
fn what_strangers_try_changes_nothing() {
    with_chat(async |chat| {
        let about = conversation(chat).await;
        let state = "SELECT (SELECT jsonb_agg(s ORDER BY s.id) FROM chat_sessions s)::text
            || (SELECT jsonb_agg(m ORDER BY m.id) FROM chat_messages m)::text";
        let before: String = chat.database.rows(state, &[]).await[0].get(0);
        let strangers = [
            chat.people.namesake(&about.dentist).await,
            chat.people.namesake(&about.customer).await,
        ];
        for operation in Operation::ALL.into_iter().filter(|operation| operation.names_a_session())
        {
            for person in &strangers {
                chat.invoke(operation, request(operation, person, &about, about.session)).await;
            }
        }
        let after: String = chat.database.rows(state, &[]).await[0].get(0);
        assert_eq!(after, before);
    });
}

#[test]
fn without_verified_claims_nothing_is_done() {
    with_chat(async |chat| {
        let about = conversation(chat).await;
        for operation in Operation::ALL {
            let good = || request(operation, &about.customer, &about, about.session);
            let mut events = vec![good(), good(), good(), good()];
            events[0].0["requestContext"].as_object_mut().unwrap().remove("authorizer");
            events[1].0["requestContext"]["authorizer"] = Value::Null;
            events[2].0["requestContext"]["authorizer"] = json!({"iam": {"userId": "x"}});
            events[3].0["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!("");
            // An identity that the client claims for itself is none.
            for event in &mut events {
                event.0["headers"]["x-user-id"] = json!(about.customer.id.to_string());
            }
            for event in events {
                chat.invoke(operation, event).await.assert_problem("unauthenticated");
            }
        }
    });
}

#[test]
fn only_id_tokens_are_accepted() {
    with_chat(async |chat| {
        let about = conversation(chat).await;
        for operation in Operation::ALL {
            for token_use in [json!("access"), json!(""), json!("ID"), Value::Null] {
                let mut event = request(operation, &about.customer, &about, about.session);
                event.0["requestContext"]["authorizer"]["jwt"]["claims"]["token_use"] = token_use;
                chat.invoke(operation, event).await.assert_problem("wrong_token_use");
            }
        }
    });
}
