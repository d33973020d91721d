//! Functions die after a read mark has moved; both sides hear of it all the same.

use super::mortal_stack::{MortalStack, RUNS, SOON, deaths};
use crate::outbox;
use chat_e2e::eventually;

/// One way to die over a read mark.
#[derive(Clone, Copy, Debug)]
pub struct MarkDeath {
    /// Where `mark-read` dies.
    pub mark_read: &'static str,
    /// Where `redeliver` dies over what that left.
    pub redeliver: Option<&'static str>,
}

/// Every fail point on the way of a mark.
pub const MARK_DEATHS: [MarkDeath; 5] = [
    MarkDeath { mark_read: "delivery/answered", redeliver: None },
    MarkDeath { mark_read: "delivery/frames-sent", redeliver: None },
    MarkDeath { mark_read: "delivery/frames-settled", redeliver: None },
    MarkDeath { mark_read: "delivery/answered", redeliver: Some("delivery/frames-sent") },
    MarkDeath { mark_read: "delivery/frames-sent", redeliver: Some("delivery/frames-settled") },
];

impl MortalStack {
    /// A dentist reads, and functions die so, once; then `redeliver` runs until nothing is owed.
    /// Returns the promises that were broken.
    pub async fn survive_mark(&self, death: MarkDeath) -> Vec<&'static str> {
        let stack = self.stack.stack();
        let (customer, dentist, session) = stack.conversation().await;
        customer.say(session, "Is my crown here?").await.is(201);
        let mut listener = customer.connect().await;
        let told = [("mark-read", Some(death.mark_read)), ("redeliver", death.redeliver)];
        let seen = told.map(|(_, point)| point.map_or(0, |point| deaths(&stack, point)));
        self.tell(&stack, &told).await;
        dentist.mark_read(session, 1).await.is(200);
        let died = async || (deaths(&stack, death.mark_read) > seen[0]).then_some(());
        eventually(death.mark_read, SOON, died).await;
        let mut runs = 0;
        if let Some(point) = death.redeliver {
            outbox::a_minute_passes(&stack).await;
            stack.run_schedule("redeliver").await.is(500);
            runs += 1;
            let died = async || (deaths(&stack, point) > seen[1]).then_some(());
            eventually(point, SOON, died).await;
        }
        self.tell(&stack, &told.map(|(function, _)| (function, None))).await;
        while outbox::rows(&stack).await > 0 && runs <= RUNS {
            outbox::a_minute_passes(&stack).await;
            stack.redeliver().await;
            runs += 1;
        }
        let heard = listener.until_pong().await;
        let is_it = |frame: &&serde_json::Value| {
            frame["type"] == "messages.read"
                && frame["session_id"] == session
                && frame["reader"] == "dentist"
                && frame["up_to_seq"] == 1
        };
        let promises = [
            ("the frame reaches the listener", heard.iter().any(|frame| is_it(&frame))),
            ("nothing is owed", outbox::rows(&stack).await == 0),
            ("redeliver needs two runs at most", runs <= RUNS),
        ];
        promises.into_iter().filter(|(_, holds)| !holds).map(|(promise, _)| promise).collect()
    }
}
