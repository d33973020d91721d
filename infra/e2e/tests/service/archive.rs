//! Archiving and reopening.

use crate::heard_nothing_more;
use chat_e2e::{Socket, Stack};
use serde_json::{Value, json};

#[tokio::test]
async fn an_archived_session_can_be_read_but_takes_no_messages() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    customer.say(session, "last words").await.is(201);
    dentist.update_session(session, "archived").await.is(200);

    for person in [&customer, &dentist] {
        person.say(session, "more").await.is_problem(409, "session_archived");
        let upload = person.create_upload(session, "image/png", 10).await;
        upload.is_problem(409, "session_archived");
        assert_eq!(person.all_messages(session).await.len(), 1);
        assert_eq!(person.get_session(session).await.expect(200)["status"], "archived");
    }
    assert_eq!(dentist.mark_read(session, 1).await.expect(200)["marked"], 1);
}

#[tokio::test]
async fn both_sides_are_told_of_a_change_and_only_of_a_change() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    customer.say(session, "unread by the dentist").await.is(201);
    let (mut at_customer, mut at_dentist) = (customer.connect().await, dentist.connect().await);

    for status in ["archived", "active"] {
        let changed = dentist.update_session(session, status).await;
        assert_eq!(changed.expect(200)["status"], status);
        assert_eq!(updated(&mut at_dentist).await, changed.body);
        let theirs = updated(&mut at_customer).await;
        assert_eq!(&theirs, customer.get_session(session).await.expect(200));
        assert_eq!(
            (&theirs["unread_count"], &changed.body["unread_count"]),
            (&json!(0), &json!(1))
        );

        let again = dentist.update_session(session, status).await;
        assert_eq!(again.expect(200), &changed.body);
        heard_nothing_more([&mut at_customer, &mut at_dentist]).await;
    }
    customer.say(session, "open again").await.is(201);
}

async fn updated(socket: &mut Socket) -> Value {
    socket.expect("session.updated").await["session"].take()
}

#[tokio::test]
async fn a_session_is_not_reopened_beside_another() {
    let stack = Stack::shared();
    let (customer, dentist, first) = stack.conversation().await;
    dentist.update_session(first, "archived").await.is(200);
    let second = customer.create_session(&dentist).await.id(201);
    let refused = dentist.update_session(first, "active").await;
    refused.is_problem(409, "active_session_exists");
    dentist.update_session(first, "archived").await.is(200);
    dentist.update_session(second, "archived").await.is(200);
    dentist.update_session(first, "active").await.is(200);
}

#[tokio::test]
async fn only_its_dentist_changes_a_sessions_status() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    customer.update_session(session, "archived").await.is_problem(403, "forbidden");
    let stranger = stack.dentist().await;
    stranger.update_session(session, "archived").await.is_problem(404, "session_not_found");
    assert_eq!(dentist.get_session(session).await.expect(200)["status"], "active");
}

#[tokio::test]
async fn unless_it_is_told_to_the_service_archives_nothing_by_itself() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    let database = stack.database().await;
    let long_ago = "UPDATE chat_sessions SET updated_at = now() - interval '10 years' WHERE id =";
    database.run(&format!("{long_ago} {session}")).await;
    let report = stack.run_schedule("archive-sessions").await;
    assert_eq!(report.expect(200), &json!({"archived": 0}));
    assert_eq!(customer.get_session(session).await.expect(200)["status"], "active");
}
