//! From a message's commit to its frame at the other side's socket.

use crate::{
    environment::Function,
    event::{self, CONTENT, Caller},
    load,
    place::Place,
    report::Report,
    senders,
    statistics::percentile,
};
use chat_e2e::{Person, Socket};
use futures_util::future::join_all;
use std::time::{Duration, Instant};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

const ROUNDS: usize = 3;
const PAIRS: usize = 16;
const LASTS: Duration = Duration::from_secs(6);
/// How long the last frame may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Measures the highest rate first, then the delay at half of it.
pub async fn run(place: &Place) -> Report {
    let function = place.function("send-message", load::CLIENTS, &[("SEND_BURST", "0")]).await;
    let mut listeners = Vec::new();
    for _ in 0..PAIRS {
        let (customer, dentist, session) = place.stack.conversation().await;
        listeners.push((customer.connect().await, dentist, session));
    }
    let quiet = senders::sessions(place, 200).await;
    load::acknowledged(&function, quiet).await;
    let highest = load::acknowledged(&function, quiet).await;
    function.rest().await;
    let pause =
        Duration::from_secs_f64(f64::from(u32::try_from(PAIRS).unwrap_or(1)) * 2.0 / highest);
    let (mut median, mut tail, mut rate) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let conversations = listeners.iter_mut().map(|(socket, dentist, session)| {
            converse(&function, socket, dentist, *session, pause)
        });
        let delays: Vec<f64> = join_all(conversations).await.into_iter().flatten().collect();
        median.push(percentile(&delays, 50));
        tail.push(percentile(&delays, 99));
        rate.push(f64::from(u32::try_from(delays.len()).unwrap_or(u32::MAX)) / LASTS.as_secs_f64());
    }
    function.stop().await;
    let work = format!(
        "{PAIRS} dentists write to customers who are online, at half the rate that was reached \
         just before without listeners: from the message's `created_at`, which is a little before its commit, \
         to the frame's arrival at the customer's socket."
    );
    let mut report = Report::new("delivery", work, ROUNDS);
    report.row("the highest rate", "a second", vec![highest]);
    report.row("frames", "a second", rate);
    report.row("delay, p50", "ms", median);
    let tail = report.row("delay, p99", "ms", tail);
    report.at_most("p99, ms", tail, 20.0);
    report
}

/// One dentist writes, one customer listens; the delays, in milliseconds.
async fn converse(
    function: &Function,
    socket: &mut Socket,
    dentist: &Person,
    session: i64,
    pause: Duration,
) -> Vec<f64> {
    let caller = Caller::of(dentist);
    let writing = async {
        let mut sent = 0;
        let until = Instant::now() + LASTS;
        let mut clock = tokio::time::interval(pause);
        while Instant::now() < until {
            clock.tick().await;
            let answer = function.invoke(event::send(&caller, session)).await;
            answer.expect(201);
            sent += 1;
        }
        sent
    };
    let mut delays = Vec::new();
    let listening = async {
        while let Some(frame) = socket.receive(PATIENCE).await {
            let now = OffsetDateTime::now_utc();
            if frame["message"]["content"] != CONTENT {
                continue;
            }
            let created = frame["message"]["created_at"].as_str().unwrap_or_default();
            let created = OffsetDateTime::parse(created, &Rfc3339).expect("times are RFC 3339");
            delays.push((now - created).as_seconds_f64() * 1_000.0);
        }
    };
    let (sent, ()) = tokio::join!(writing, listening);
    assert!(delays.len() >= sent, "{} of {sent} frames arrived", delays.len());
    delays
}
