//! The push that a message owes, if it still owes one.

use crate::provider::{Provider, Push, Verdict};
use chat::{
    app::App,
    error::Error,
    fail_point, log,
    store::{
        outbox::{self, Lease},
        players,
    },
};
use std::time::Duration;

/// What became of a push.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pushed {
    /// It went out, is not wanted any more, or will never work.
    Done,
    /// It failed for now.
    Failed {
        /// How long the provider wants to be left alone.
        not_before: Duration,
    },
    /// It was not tried: the provider is being left alone.
    HeldBack {
        /// For how long still.
        not_before: Duration,
    },
}

/// Pushes, unless the customer has read the message meanwhile or has no phone.
///
/// # Errors
/// [`Error::Unavailable`] when the database does not answer.
pub(crate) async fn push(app: &App, provider: &Provider, lease: &Lease) -> Result<Pushed, Error> {
    let (session, seq) = (lease.session, lease.change.seq());
    let facts = outbox::push_facts(&app.db, session, seq).await?.filter(|facts| !facts.is_read);
    let Some(facts) = facts else { return Ok(Pushed::Done) };
    let Some((player, registered_at)) = facts.player else { return Ok(Pushed::Done) };
    let push = Push { message: facts.message, session, seq, player: &player, badge: facts.badge };
    fail_point::reach("redeliver/push-due");
    let verdict = provider.push(app, &push).await;
    fail_point::reach("redeliver/pushed");
    if verdict.names_invalid_player() {
        players::unmap(&app.db, facts.customer_id, &player, registered_at).await?;
        fail_point::reach("redeliver/unmapped");
    }
    Ok(match verdict {
        Verdict::Accepted { .. } => Pushed::Done,
        Verdict::Refused { .. } => {
            log::error!(session = session.get(), seq, "a push is refused for good");
            Pushed::Done
        }
        Verdict::TryLater { not_before } => Pushed::Failed { not_before },
        Verdict::HeldBack { not_before } => Pushed::HeldBack { not_before },
    })
}
