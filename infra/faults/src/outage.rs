//! A provider that is away for long, with very many pushes owed: what that costs the database, and what
//! those notice who write meanwhile.

use chat_e2e::{Behavior, Person, Socket, Stack, new_id};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Transactions a second, each of one statement, with all that is sent and looked at meanwhile.
const MOST_STATEMENTS: f64 = 50.0;
/// How long a fresh frame may take.
const FRAMES_WITHIN: Duration = Duration::from_secs(1);
/// Between two messages that are sent meanwhile, one to somebody online, one to a phone.
const BETWEEN_SENDS: Duration = Duration::from_secs(2);

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outage {
    /// Pushes that were owed from the beginning.
    pub owed: i64,
    /// Seconds that were looked at.
    pub seconds: f64,
    /// Statements a second that the database carried, those of the sends meanwhile too.
    pub statements_per_second: f64,
    /// Requests that the provider received meanwhile.
    pub pushes_tried: usize,
    /// Milliseconds from each send to its frame.
    pub frames_ms: Vec<f64>,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// Owes so many pushes to a provider that answers 503, and watches for so long.
pub async fn watch(stack: &Stack, owed: i64, seconds: u64) -> Outage {
    let (customer, dentist, session) = stack.conversation().await;
    let (patient, other_dentist, with_phone) = stack.conversation().await;
    patient.register_player(&new_id()).await.is(200);
    let mut device = customer.connect().await;
    stack.provider_behaves(&Behavior { status: 503, ..Behavior::default() }).await;
    owe(stack, owed).await;
    // The breaker opens.
    stack.run_schedule("redeliver").await;

    let before = (transactions(stack).await, stack.pushes().await.len());
    let began = Instant::now();
    let mut frames_ms = Vec::new();
    while began.elapsed() < Duration::from_secs(seconds) {
        frames_ms.push(frame(&dentist, session, &mut device).await);
        other_dentist.say(with_phone, "Your crown is here.").await.is(201);
        sleep(BETWEEN_SENDS).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    let pushes_tried = stack.pushes().await.len() - before.1;
    let statements_per_second = (transactions(stack).await - before.0) / seconds;
    stack.provider_behaves(&Behavior::default()).await;

    let slowest = frames_ms.iter().copied().fold(0.0, f64::max);
    let mut broken = Vec::new();
    if statements_per_second >= MOST_STATEMENTS {
        broken.push(format!("outage: {statements_per_second:.0} statements a second"));
    }
    if slowest >= FRAMES_WITHIN.as_secs_f64() * 1_000.0 {
        broken.push(format!("outage: a fresh frame took {slowest:.0} ms"));
    }
    Outage { owed, seconds, statements_per_second, pushes_tried, frames_ms, broken }
}

/// Milliseconds from a send to its frame.
async fn frame(dentist: &Person, session: i64, device: &mut Socket) -> f64 {
    let began = Instant::now();
    let sent = dentist.say(session, "Good morning").await;
    let seq = sent.expect(201)["seq"].as_i64().expect("messages have numbers");
    device.message(session, seq).await;
    began.elapsed().as_secs_f64() * 1_000.0
}

/// Customers with phones, to each of whom a dentist has written; what they are owed is due.
async fn owe(stack: &Stack, count: i64) {
    let sql = format!(
        "CREATE TEMPORARY TABLE seeded AS
         SELECT nextval(pg_get_serial_sequence('chat_sessions', 'id')) AS session_id,
                -1 - number AS customer_id
         FROM generate_series(1, {count}) AS number;
         INSERT INTO chat_sessions
             (id, customer_id, dentist_id, last_seq, customer_unread_count, dentist_count)
         SELECT session_id, customer_id, -1, 1, 1, 1 FROM seeded;
         INSERT INTO chat_messages
             (session_id, seq, sender_type, sender_id, client_message_id, content, sender_count)
         SELECT session_id, 1, 'dentist', -1, gen_random_uuid(), 'seeded', 1 FROM seeded;
         INSERT INTO customer_notification_mapping (customer_id, onesignal_player_id)
         SELECT customer_id, gen_random_uuid()::text FROM seeded;
         INSERT INTO outbox (session_id, change, seq, work, changed_at, due_at)
         SELECT session_id, 'message', 1, 'push', now(), now() FROM seeded;
         DROP TABLE seeded;
         ANALYZE chat_sessions, chat_messages, customer_notification_mapping, outbox"
    );
    stack.database().await.run(&sql).await;
}

/// How many transactions the chat's database has carried. Backends tell what they did within a second.
async fn transactions(stack: &Stack) -> f64 {
    sleep(Duration::from_millis(1_100)).await;
    let sql = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'chat'";
    let count = stack.database().await.number(sql).await;
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
