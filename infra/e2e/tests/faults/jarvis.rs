//! Jarvis: away or frozen.

use crate::turn::Turn;
use chat_e2e::{Condition, Dependency, Person, Reply, SOON, eventually};
use serde_json::json;
use std::time::Duration;

/// The contract: within 4 seconds.
const LIMIT: Duration = Duration::from_secs(4);

#[tokio::test]
async fn remembered_callers_chat_on_without_jarvis() {
    let turn = Turn::begin().await;
    for condition in [Condition::Down, Condition::Frozen] {
        let (customer, dentist, session) = turn.conversation().await;
        let never_asked = turn.customer().await;
        let other_dentist = turn.dentist().await;
        let mut socket = dentist.connect().await;
        for (person, other) in [(&customer, &dentist), (&dentist, &customer)] {
            for reply in chat(person, other, session).await {
                assert!(reply.status < 300, "{}", reply.text);
            }
        }
        socket.message(session, 2).await;

        turn.set(Dependency::MySql, condition).await;
        for (person, other) in [(&customer, &dentist), (&dentist, &customer)] {
            for reply in chat(person, other, session).await {
                assert!(reply.status < 300, "{}", reply.text);
                assert!(reply.took < LIMIT, "{:?}", reply.took);
            }
            assert_eq!(names(&person.get_session(session).await), [json!(null), json!(null)]);
        }
        socket.message(session, 4).await;
        // Whoever must be looked up has to wait, on either side of a new session.
        for reply in
            [never_asked.list_sessions("").await, customer.create_session(&other_dentist).await]
        {
            reply.is_problem(503, "directory_unavailable");
            assert!(reply.took < LIMIT, "{:?}", reply.took);
        }
        assert_eq!(never_asked.try_connect().await.err().unwrap().status, 500);

        turn.set(Dependency::MySql, Condition::Up).await;
        never_asked.list_sessions("").await.is(200);
        // A function that Jarvis kept waiting leaves names out for a few seconds more.
        let shown = async || {
            let seen = names(&customer.get_session(session).await);
            (seen == [json!(customer.name), json!(dentist.name)]).then_some(())
        };
        eventually("names that are shown again", SOON, shown).await;
    }
}

/// Opens the inbox and the session, reads, and says something.
async fn chat(person: &Person, other: &Person, session: i64) -> Vec<Reply> {
    let inbox = person.list_sessions("status=all").await;
    assert_eq!(inbox.expect(200)["sessions"][0]["id"], session);
    vec![
        inbox,
        person.create_session(other).await,
        person.get_session(session).await,
        person.list_messages(session, "").await,
        person.say(session, "still here").await,
        person.mark_read(session, 1).await,
    ]
}

fn names(reply: &Reply) -> [serde_json::Value; 2] {
    let session = reply.expect(200);
    ["customer", "dentist"].map(|side| session[side]["name"].clone())
}
