//! Marking ten messages read, and half a million.

use crate::{
    event::{self, Caller},
    large_database,
    place::Place,
    report::Report,
    statistics::percentile,
};

const ROUNDS: usize = 5;
const MARKS: usize = 50;
/// The customer of both sessions; one of the demo's people.
const CUSTOMER: i64 = 1;
/// Sessions that `sql/history.sql` makes, how far the mark goes, and what of the dentist's it covers.
const SESSIONS: [(i64, i64, &str); 2] =
    [(1001, 20, "10 unread"), (1003, 1_000_000, "500,000 unread")];

/// Each round: one session's mark and the other's, in turn.
pub async fn run(place: &Place) -> Report {
    large_database::fill(place).await;
    let function = place.function("mark-read", 1, &[]).await;
    let database = place.stack.database().await;
    let mut times = SESSIONS.map(|_| Vec::new());
    for round in 0..=ROUNDS {
        let mut of_round = SESSIONS.map(|_| Vec::new());
        for _ in 0..MARKS {
            for ((session, up_to_seq, _), took) in SESSIONS.iter().zip(&mut of_round) {
                database.run(&unread(*session, *up_to_seq)).await;
                let event = event::read(&Caller::customer(CUSTOMER), *session, *up_to_seq);
                let answer = function.invoke(event).await.expect(200);
                assert_eq!(answer.body["marked"], up_to_seq / 2, "the dentist's");
                took.push(answer.took);
                function.rest().await;
            }
        }
        // The first round warms everything up.
        if round > 0 {
            for (times, of_round) in times.iter_mut().zip(of_round) {
                times.push(percentile(&of_round, 50));
            }
        }
    }
    function.stop().await;
    let work = format!(
        "The median of {MARKS} marks a round, beside five million messages. (What such a mark leaves to \
         be written in the messages themselves, `redeliver` does in steps.)"
    );
    let mut report = Report::new("mark-read", work, ROUNDS);
    let rows = SESSIONS.iter().zip(times);
    let medians: Vec<f64> =
        rows.map(|((_, _, unread), times)| report.row(*unread, "ms", times)).collect();
    report.at_most("500,000 unread ÷ 10 unread", medians[1] / medians[0], 1.5);
    report
}

/// Puts a session back to where its customer has read nothing, as if its messages had been counted.
fn unread(session: i64, up_to_seq: i64) -> String {
    format!(
        "UPDATE chat_sessions
         SET customer_count = last_seq / 2, dentist_count = last_seq / 2, customer_read_seq = 0,
             customer_unread_count = last_seq / 2
         WHERE id = {session};
         UPDATE chat_messages SET sender_count = seq / 2 WHERE session_id = {session} AND seq = {up_to_seq};
         UPDATE chat_messages SET is_read = false, read_at = NULL
         WHERE session_id = {session} AND seq <= 20 AND is_read;
         DELETE FROM read_marks WHERE session_id = {session}"
    )
}
