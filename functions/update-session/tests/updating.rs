//! Dentists archive sessions and open them again.

use chat_testing::{Event, Operation, with_chat};
use futures_util::future::{join, join_all};
use serde_json::json;

#[test]
fn a_dentist_archives_a_session_and_opens_it_again() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        for status in ["archived", "active"] {
            let before = chat.get(&dentist, session).await.body;
            let reply = chat.update(&dentist, session, status).await;
            let mut expected = before.clone();
            expected["status"] = json!(status);
            expected["updated_at"] = reply.body["updated_at"].clone();
            assert_eq!(reply.expect(200), &expected);
            assert_ne!(reply.body["updated_at"], before["updated_at"]);
            assert_eq!(chat.get(&dentist, session).await.body, expected);
        }
        chat.say(&customer, session, "again").await;
    });
}

#[test]
fn the_status_that_it_has_changes_nothing_and_tells_nobody() {
    with_chat(async |chat| {
        let (_, dentist, session) = chat.conversation().await;
        let before = chat.get(&dentist, session).await.body;
        let reply = chat.update(&dentist, session, "active").await;
        assert_eq!(reply.expect(200), &before);
        assert!(reply.delivery.is_none());
        chat.update(&dentist, session, "archived").await;
        let again = chat.update(&dentist, session, "archived").await;
        assert_eq!(again.expect(200)["status"], "archived");
        assert!(again.delivery.is_none());
    });
}

#[test]
fn a_session_is_not_opened_beside_another_active_one() {
    with_chat(async |chat| {
        let (customer, dentist, first) = chat.conversation().await;
        chat.update(&dentist, first, "archived").await;
        let second = chat.session(&customer, &dentist).await;
        let reply = chat.update(&dentist, first, "active").await;
        reply.assert_problem("active_session_exists");
        chat.update(&dentist, second, "archived").await;
        assert_eq!(chat.update(&dentist, first, "active").await.status, 200);
        let reply = chat.update(&dentist, second, "active").await;
        reply.assert_problem("active_session_exists");
    });
}

#[test]
fn opening_and_creating_at_once_leaves_one_active_session() {
    with_chat(async |chat| {
        let environments = chat.environments(6, &[]).await;
        for _ in 0..5 {
            let (customer, dentist, session) = chat.conversation().await;
            chat.update(&dentist, session, "archived").await;
            let (openers, creators) = environments.split_at(3);
            let opens =
                openers.iter().map(|environment| environment.update(&dentist, session, "active"));
            let creates = creators
                .iter()
                .map(|environment| environment.create_session(&customer, dentist.id));
            let (opened, new) = join(join_all(opens), join_all(creates)).await;
            for reply in &opened {
                assert!(matches!(reply.status, 200 | 409), "{}", reply.text);
            }
            for reply in &new {
                assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
            }
            let count =
                "SELECT count(*) FROM chat_sessions WHERE customer_id = $1 AND status = 'active'";
            assert_eq!(chat.database.number(count, &[&customer.id]).await, 1);
        }
    });
}

#[test]
fn the_same_change_at_once_is_made_once_and_told_once() {
    with_chat(async |chat| {
        let environments = chat.environments(6, &[]).await;
        for _ in 0..5 {
            let (_, dentist, session) = chat.conversation().await;
            for status in ["archived", "active"] {
                let updates = environments
                    .iter()
                    .map(|environment| environment.update(&dentist, session, status));
                let replies = join_all(updates).await;
                for reply in &replies {
                    assert_eq!(reply.expect(200)["status"], status);
                }
                let told = replies.iter().filter(|reply| reply.delivery.is_some()).count();
                assert_eq!(told, 1);
            }
        }
    });
}

#[test]
fn a_message_and_an_archiving_at_once_leave_no_gap_and_no_late_message() {
    with_chat(async |chat| {
        let environments = chat.environments(5, &[]).await;
        for _ in 0..5 {
            let (customer, dentist, session) = chat.conversation().await;
            let (archiver, senders) = environments.split_first().unwrap();
            let bodies: Vec<_> = senders
                .iter()
                .map(|_| json!({"client_message_id": chat_testing::new_id(), "content": "hello"}))
                .collect();
            let sends = senders
                .iter()
                .zip(&bodies)
                .map(|(environment, body)| environment.send(&customer, session, body));
            let (sent, archiving) =
                join(join_all(sends), archiver.update(&dentist, session, "archived")).await;
            assert_eq!(archiving.status, 200, "{}", archiving.text);
            let mut seqs: Vec<_> =
                sent.iter().filter_map(|reply| reply.body["seq"].as_i64()).collect();
            for reply in &sent {
                assert!(matches!(reply.status, 201 | 409), "{}", reply.text);
            }
            seqs.sort_unstable();
            let last = i64::try_from(seqs.len()).unwrap();
            assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
            assert_eq!(chat.get(&customer, session).await.body["last_seq"], last);
        }
    });
}

#[test]
fn customers_may_not() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        for status in ["archived", "active"] {
            chat.update(&customer, session, status).await.assert_problem("forbidden");
            assert_eq!(chat.get(&dentist, session).await.body["status"], "active");
        }
    });
}

#[test]
fn both_sides_hear_of_it_each_in_their_own_view() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let (phone, desk) = (chat.connect(&customer).await, chat.connect(&dentist).await);
        let stranger = chat.connect(&chat.people.namesake(&customer).await).await;
        let reply = chat.update(&dentist, session, "archived").await;
        chat.deliver(reply).await;
        for (person, connection) in [(&customer, &phone), (&dentist, &desk)] {
            let session = chat.get(person, session).await.body;
            assert_eq!(session["status"], "archived");
            let frame = json!({"type": "session.updated", "session": session});
            assert_eq!(chat.gateway.frames(connection), [frame]);
        }
        assert!(chat.gateway.frames(&stranger).is_empty());
    });
}

#[test]
fn the_request_is_one_of_two_words() {
    with_chat(async |chat| {
        let (_, dentist, session) = chat.conversation().await;
        let reason = "must be active or archived";
        for (body, errors) in [
            (json!({}), vec![("status", "is required")]),
            (json!({"status": "all"}), vec![("status", reason)]),
            (json!({"status": "Archived"}), vec![("status", reason)]),
            (json!({"status": null}), vec![("status", reason)]),
            (json!({"status": ["active"]}), vec![("status", reason)]),
            (
                json!({"status": "active", "customer_id": 1}),
                vec![("customer_id", "is not a field of this request")],
            ),
        ] {
            let event = Event::of(Operation::UpdateSession, &dentist).session(session).json(&body);
            chat.invoke(Operation::UpdateSession, event).await.assert_invalid(&errors);
        }
    });
}
