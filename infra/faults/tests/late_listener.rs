//! A message is held up between its statement's snapshot and its commit; someone connects meanwhile.
#![allow(clippy::expect_used, reason = "a test that cannot go on should panic where it stands")]

use chat_e2e::{Person, SOON, Stack, eventually};

/// A send waits for a lock no longer than a second: on a busy machine that may be too short to connect.
const TRIES: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_while_a_message_is_being_committed_gets_its_frame() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    // Everything is warm from here on.
    customer.connect().await.close().await;
    dentist.say(session, "Good morning").await.is(201);
    for _ in 0..TRIES {
        if connects_in_time(&stack, &customer, &dentist, session).await {
            return;
        }
    }
    panic!("nobody connects within a second");
}

async fn connects_in_time(
    stack: &Stack,
    customer: &Person,
    dentist: &Person,
    session: i64,
) -> bool {
    let holder = stack.database().await;
    let hold = format!("BEGIN; SELECT FROM chat_sessions WHERE id = {session} FOR UPDATE");
    holder.run(&hold).await;
    let transaction = holder.number("SELECT txid_current()").await;
    let last = customer.list_messages(session, "").await.expect(200)["last_seq"].as_i64();
    let writer = dentist.clone();
    let mut send = tokio::spawn(async move { writer.say(session, "Your crown is here.").await });
    let watcher = stack.database().await;
    let waiting = format!(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid::text = '{transaction}'"
    );
    let waits = async || (watcher.number(&waiting).await > 0).then_some(());
    tokio::select! {
        _ = &mut send => return false,
        () = eventually("a send that waits", SOON, waits) => {}
    }

    let mut socket = customer.connect().await;
    let fetched = customer.list_messages(session, "").await;
    holder.run("COMMIT").await;
    if send.await.expect("the writer lives").status != 201 {
        return false;
    }
    // The fetch came before the commit, so the frame must come.
    assert_eq!(fetched.expect(200)["last_seq"].as_i64(), last);
    let next = last.expect("a session has a last seq") + 1;
    assert_eq!(socket.message(session, next).await["content"], "Your crown is here.");
    true
}
