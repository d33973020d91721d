//! Who may start a session with whom, and that a pair has one.

use chat::identity::Role;
use chat_testing::{Event, Operation, Person, new_id, with_chat};
use futures_util::future::join_all;
use serde_json::{Value, json};

#[test]
fn a_customer_starts_a_session_with_any_dentist() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        let reply = chat.create_session(&customer, dentist.id).await;
        let session = reply.expect(201);
        let expected = json!({
            "id": session["id"], "status": "active",
            "customer": {"id": customer.id, "name": customer.name},
            "dentist": {"id": dentist.id, "name": dentist.name},
            "created_at": session["created_at"], "updated_at": session["created_at"],
            "last_seq": 0, "last_message": null, "unread_count": 0, "customer_read_seq": 0,
            "dentist_read_seq": 0,
        });
        assert_eq!(session, &expected);
        assert!(session["id"].is_i64());
        assert!(!reply.text.contains("@example.test"), "{}", reply.text);
    });
}

#[test]
fn a_pair_that_has_an_active_session_gets_it_with_200() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        // As many messages are in each side's session with another.
        let other_dentist = chat.dentist().await;
        for other in [
            chat.session(&customer, &other_dentist).await,
            chat.session(&chat.customer().await, &dentist).await,
        ] {
            chat.fill(other, 2).await;
        }
        chat.say(&customer, session, "hello").await;
        let message = chat.say(&customer, session, "are you there?").await;
        for (person, other, unread) in [(&customer, dentist.id, 0), (&dentist, customer.id, 2)] {
            let reply = chat.create_session(person, other).await;
            assert_eq!(reply.expect(200), &chat.get(person, session).await.body);
            assert_eq!(reply.body["last_message"], message);
            assert_eq!(reply.body["unread_count"], unread);
            assert!(reply.delivery.is_none());
        }
    });
}

#[test]
fn twenty_parallel_creates_make_one_session() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.archive(session).await;
        let environments = chat.environments(20, &[]).await;
        let creates = environments.iter().enumerate().map(|(number, environment)| {
            let from_customer = number % 2 == 0;
            let (person, other) =
                if from_customer { (&customer, &dentist) } else { (&dentist, &customer) };
            environment.create_session(person, other.id)
        });
        let replies = join_all(creates).await;

        let ids: Vec<&Value> = replies.iter().map(|reply| &reply.body["id"]).collect();
        assert!(ids.iter().all(|id| *id == ids[0] && **id != json!(session)), "{ids:?}");
        let mut statuses: Vec<i64> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![200; 19], vec![201]].concat());
        let count = "SELECT count(*) FROM chat_sessions WHERE status = 'active'";
        assert_eq!(chat.database.number(count, &[]).await, 1);
    });
}

#[test]
fn after_archiving_a_pair_gets_a_new_session() {
    with_chat(async |chat| {
        let (customer, dentist, first) = chat.conversation().await;
        chat.archive(first).await;
        let reply = chat.create_session(&dentist, customer.id).await;
        assert_ne!(reply.expect(201)["id"], first);
    });
}

#[test]
fn nobody_starts_a_session_with_a_dentist_who_does_not_exist() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for other in [Person::unknown(Role::Dentist).id, 1 << 40, i64::MAX] {
            chat.create_session(&customer, other).await.assert_problem("unknown_dentist");
        }
        // An id that is a customer's is not a dentist's.
        let other = chat.customer().await;
        chat.create_session(&customer, other.id).await.assert_problem("unknown_dentist");
        assert_eq!(chat.database.number("SELECT count(*) FROM chat_sessions", &[]).await, 0);
    });
}

#[test]
fn a_dentist_learns_nothing_of_customers_whom_they_never_met() {
    with_chat(async |chat| {
        let (_, dentist, _) = chat.conversation().await;
        let (customer, other_dentist, _) = chat.conversation().await;
        let nobody = Person::unknown(Role::Customer);
        let unmet = chat.create_session(&dentist, customer.id).await;
        let absent = chat.create_session(&dentist, nobody.id).await;
        unmet.assert_problem("unknown_customer");
        absent.assert_problem("unknown_customer");
        assert_eq!(chat.create_session(&other_dentist, customer.id).await.status, 200);
    });
}

#[test]
fn a_dentist_does_not_start_a_session_with_a_customer_who_left() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.archive(session).await;
        chat.people.remove(Role::Customer, customer.id).await;
        let reply = chat.create_session(&dentist, customer.id).await;
        reply.assert_problem("unknown_customer");
    });
}

#[test]
fn the_request_names_the_other_side_and_nothing_else() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        let not_a_field = "is not a field of this request";
        let wrong_number = "must be a whole number, 1 or more";
        for (person, body, errors) in [
            (&customer, json!({}), vec![("dentist_id", "is required")]),
            (&dentist, json!({}), vec![("customer_id", "is required")]),
            (
                &customer,
                json!({"customer_id": 1}),
                vec![("dentist_id", "is required"), ("customer_id", not_a_field)],
            ),
            (
                &dentist,
                json!({"customer_id": 1, "dentist_id": 1}),
                vec![("dentist_id", not_a_field)],
            ),
            (
                &customer,
                json!({"dentist_id": 1, "status": "active"}),
                vec![("status", not_a_field)],
            ),
            (&customer, json!({"dentist_id": "1"}), vec![("dentist_id", wrong_number)]),
            (&customer, json!({"dentist_id": 1.0}), vec![("dentist_id", wrong_number)]),
            (&customer, json!({"dentist_id": 0}), vec![("dentist_id", wrong_number)]),
            (&customer, json!({"dentist_id": -1}), vec![("dentist_id", wrong_number)]),
            (&customer, json!({"dentist_id": null}), vec![("dentist_id", wrong_number)]),
            (&customer, json!({"dentist_id": i64::MIN}), vec![("dentist_id", wrong_number)]),
            (&customer, json!({"dentist_id": 1_u64 << 63}), vec![("dentist_id", wrong_number)]),
            (&customer, json!([]), vec![("body", "must be a JSON object")]),
        ] {
            let event = Event::of(Operation::CreateSession, person).json(&body);
            chat.invoke(Operation::CreateSession, event).await.assert_invalid(&errors);
        }
        assert_eq!(chat.database.number("SELECT count(*) FROM chat_sessions", &[]).await, 0);
    });
}

#[test]
fn both_sides_hear_of_a_new_session_each_in_their_own_view() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        let (phone, desk) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        let stranger = chat.connect(&chat.customer().await).await;
        let reply = chat.create_session(&customer, dentist.id).await;
        let id = reply.expect(201)["id"].as_i64().unwrap();
        chat.deliver(reply).await;
        for (person, connection) in [(&customer, &phone), (&dentist, &desk)] {
            let session = chat.get(person, id).await.body;
            let frame = json!({"type": "session.created", "session": session});
            assert_eq!(chat.gateway.frames(connection), [frame]);
        }
        assert!(chat.gateway.frames(&stranger).is_empty());
    });
}

#[test]
fn identity_headers_of_the_client_are_ignored() {
    with_chat(async |chat| {
        let (customer, dentist, other) =
            (chat.customer().await, chat.dentist().await, chat.customer().await);
        let mut event =
            Event::of(Operation::CreateSession, &customer).json(&json!({"dentist_id": dentist.id}));
        event.0["headers"]["x-user-id"] = json!(other.id.to_string());
        event.0["headers"]["x-amzn-oidc-identity"] = json!(other.subject);
        event.0["headers"]["authorization"] = json!(format!("Bearer {}", new_id()));
        let reply = chat.invoke(Operation::CreateSession, event).await;
        assert_eq!(reply.expect(201)["customer"]["id"], customer.id);
    });
}
