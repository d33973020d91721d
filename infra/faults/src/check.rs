//! The checker: what was promised, against what the clients saw. In the manner of Jepsen's
//! total-queue check (nothing acknowledged is lost, nothing comes from nowhere, nothing comes twice)
//! and its kafka check (whoever reads by position skips nothing).

mod delivery;
mod findings;
mod messages;
mod reading;

pub use findings::{Fault, Finding, Findings};

use crate::history::History;

/// Looks at everything.
#[must_use]
pub fn check(history: &History) -> Findings {
    let mut findings = Findings::none();
    for session in &history.sessions {
        let sent: Vec<_> =
            history.sent.iter().filter(|sent| sent.session == session.session).collect();
        messages::check(session, &sent, &history.changed, &mut findings);
        reading::check_counts(session, &mut findings);
    }
    reading::check_listeners(history, &mut findings);
    delivery::check(history, &mut findings);
    for leak in &history.leaks {
        findings.note(Fault::Leaked, || leak.clone());
    }
    for surprise in &history.surprises {
        findings.note(Fault::Surprise, || surprise.clone());
    }
    findings
}
