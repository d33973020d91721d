//! A provider that is away for long, with very many pushes owed: what that costs the database, and what
//! those notice who write meanwhile.

use chat_e2e::{Behavior, Person, Socket, Stack, new_id};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Statements a second that the functions may run, with all that is sent meanwhile; in the busiest minute, too.
const MOST_STATEMENTS: f64 = 50.0;
/// How long a fresh frame may take.
const FRAMES_WITHIN: Duration = Duration::from_secs(1);
/// Between two messages that are sent meanwhile, one to somebody online, one to a phone.
const BETWEEN_SENDS: Duration = Duration::from_secs(2);
/// What the busiest is looked for among, and between two words to whoever waits for the end.
const MINUTE: Duration = Duration::from_mins(1);
/// An ordinary token is over in an hour, and closes its connections.
const TOKEN_SECONDS: u32 = 4 * 3_600;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outage {
    /// Pushes that were owed from the beginning.
    pub owed: i64,
    /// Seconds that were looked at.
    pub seconds: f64,
    /// Pushes that were owed in the end and not given up; those of the messages sent meanwhile are more.
    pub owed_in_the_end: i64,
    /// Statements a second that the functions ran, those of the sends meanwhile too …
    pub statements_per_second: f64,
    /// … and in the busiest minute, or in all if it was shorter.
    pub busiest_minute: f64,
    /// Requests that the provider received meanwhile.
    pub pushes_tried: usize,
    /// Milliseconds from each send to its frame.
    pub frames_ms: Vec<f64>,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// Owes so many pushes to a provider that answers 503, and watches for so long.
pub async fn watch(stack: &Stack, owed: i64, time: Duration) -> Outage {
    let (customer, dentist, session) = stack.conversation().await;
    let (patient, other_dentist, with_phone) = stack.conversation().await;
    let (customer, dentist) = (lasting(&customer).await, lasting(&dentist).await);
    let other_dentist = lasting(&other_dentist).await;
    patient.register_player(&new_id()).await.is(200);
    let mut device = customer.connect().await;
    stack.provider_behaves(&Behavior { status: 503, ..Behavior::default() }).await;
    owe(stack, owed).await;
    // The breaker opens.
    stack.run_schedule("redeliver").await;

    let pushes_before = stack.pushes().await.len();
    let mut statements = Counted::begin(stack).await;
    let mut frames_ms = Vec::new();
    while statements.elapsed() < time {
        frames_ms.push(frame(&dentist, session, &mut device).await);
        other_dentist.say(with_phone, "Your crown is here.").await.is(201);
        sleep(BETWEEN_SENDS).await;
        statements.look(stack).await;
    }
    let pushes_tried = stack.pushes().await.len() - pushes_before;
    let sql = "SELECT count(*) FROM outbox WHERE work = 'push' AND parked_at IS NULL";
    let owed_in_the_end = stack.database().await.number(sql).await;
    stack.provider_behaves(&Behavior::default()).await;
    let outage = Outage {
        owed,
        owed_in_the_end,
        seconds: statements.elapsed().as_secs_f64(),
        statements_per_second: statements.per_second(),
        busiest_minute: statements.busiest_minute(),
        pushes_tried,
        frames_ms,
        broken: Vec::new(),
    };
    Outage { broken: broken(&outage), ..outage }
}

fn broken(outage: &Outage) -> Vec<String> {
    let slowest = outage.slowest_frame_ms();
    let mut broken = Vec::new();
    if outage.busiest_minute.max(outage.statements_per_second) >= MOST_STATEMENTS {
        let (busiest, all) = (outage.busiest_minute, outage.statements_per_second);
        broken.push(format!(
            "outage: {all:.0} statements a second, {busiest:.0} in the busiest minute"
        ));
    }
    if slowest >= FRAMES_WITHIN.as_secs_f64() * 1_000.0 {
        broken.push(format!("outage: a fresh frame took {slowest:.0} ms"));
    }
    // With each frame, a message to a phone was sent.
    let owed = outage.owed + i64::try_from(outage.frames_ms.len()).unwrap_or(i64::MAX);
    if outage.owed_in_the_end < owed {
        broken.push(format!("outage: {} pushes were given up", owed - outage.owed_in_the_end));
    }
    broken
}

impl Outage {
    /// Milliseconds that the slowest of the fresh frames took.
    #[must_use]
    pub fn slowest_frame_ms(&self) -> f64 {
        self.frames_ms.iter().copied().fold(0.0, f64::max)
    }
}

/// The same person with a token for as long as it may take.
async fn lasting(person: &Person) -> Person {
    let mut request = person.token_request();
    request["expires_in"] = TOKEN_SECONDS.into();
    let token = person.stack.token(&request).await;
    person.with_token(token)
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

/// How many statements the functions have run, looked at now and then.
struct Counted {
    began: Instant,
    /// When it was looked, and how many there had been.
    looks: Vec<(Duration, f64)>,
    told: Duration,
}

impl Counted {
    async fn begin(stack: &Stack) -> Self {
        let (looks, told) = (vec![(Duration::ZERO, statements(stack).await)], Duration::ZERO);
        Self { began: Instant::now(), looks, told }
    }

    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    async fn look(&mut self, stack: &Stack) {
        let count = statements(stack).await;
        self.looks.push((self.elapsed(), count));
        if self.elapsed() >= self.told + MINUTE {
            self.told = self.elapsed();
            let (minutes, pace) = (self.told.as_secs() / 60, self.per_second());
            eprintln!("{minutes} min: {pace:.1} statements a second");
        }
    }

    fn per_second(&self) -> f64 {
        let [first, .., last] = self.looks.as_slice() else { return 0.0 };
        pace(first, last)
    }

    fn busiest_minute(&self) -> f64 {
        let minute_from = |(at, look): (usize, &(Duration, f64))| {
            let is_over = |later: &&(Duration, f64)| later.0 >= look.0 + MINUTE;
            self.looks[at..].iter().find(is_over).map(|later| pace(look, later))
        };
        let minutes = self.looks.iter().enumerate().filter_map(minute_from);
        minutes.reduce(f64::max).unwrap_or_else(|| self.per_second())
    }
}

/// Statements a second between two looks.
fn pace(from: &(Duration, f64), to: &(Duration, f64)) -> f64 {
    (to.1 - from.1) / (to.0.as_secs_f64() - from.0.as_secs_f64())
}

/// How many statements the functions' role has run, as `pg_stat_statements` counts them: at once, and without
/// those of whoever looks.
async fn statements(stack: &Stack) -> f64 {
    let sql = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
               WHERE userid = 'chat_service'::regrole";
    let count = stack.database().await.number(sql).await;
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
