//! An operator places a hold: while it stands, nothing of a customer's records, or of one session's, is
//! erased or expires.

use chat::{
    app::App,
    error::Error,
    random,
    records::{Answered, HoldDocument, HoldRequest, Refusal, engrave_hold},
    store::{
        Listed, SESSIONS, Statement, Subject,
        holds::{self, Wanted},
        sessions_of,
    },
};
use serde_json::{Value, json};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&holds::PLACE, &SESSIONS];

/// Places the hold; asked again under the same reference, it is the one that stands. It holds from its commit
/// on, and is written to the records' bucket after it, so that a restored backup cannot lose it.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let request = HoldRequest::read(event)?;
    let answered = place(app, &request).await?;
    Ok(answered.about(request.subject))
}

async fn place(app: &App, request: &HoldRequest) -> Result<Answered, Error> {
    if request.dry_run {
        let first: Vec<Listed> = sessions_of(&app.db, request.subject, 0, 1).await?;
        let is_missing = matches!(request.subject, Subject::Session(_)) && first.is_empty();
        return Ok(if is_missing {
            Answered::refused(Refusal::SessionNotFound, json!({}))
        } else {
            Answered::done(json!({"dry_run": true, "would_hold": true}))
        });
    }
    let wanted = Wanted {
        id: random::new_id(),
        subject: request.subject,
        reason: &request.reason,
        reference: &request.reference,
        placed_at: None,
    };
    let Some(placed) = holds::place(&app.db, &wanted).await? else {
        return Ok(Answered::refused(Refusal::SessionNotFound, json!({})));
    };
    engrave_hold(app, &placed.hold).await?;
    let hold = HoldDocument::from(&placed.hold);
    Ok(Answered::done(json!({
        "hold": hold, "is_new": placed.is_new,
        // Then it is not all there: the erasure stops here, and goes on when the hold is lifted.
        "erasure_begun": placed.erasure_begun,
    })))
}
