//! Archiving by the clock.

use chat_e2e::Stack;
use serde_json::json;

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
