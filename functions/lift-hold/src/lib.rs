//! An operator lifts a hold: what it kept may be erased again, and expires when its time is over.

use chat::{
    app::App,
    error::Error,
    records::{Answered, HoldDocument, HoldRequest, Refusal, engrave_hold},
    store::{SESSIONS, Statement, Subject, holds, sessions_of},
};
use serde_json::{Value, json};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&holds::LIFT, &holds::LIFTED, &holds::STANDING, &SESSIONS];

/// Lifts the hold of this subject and reference; others stand.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let request = HoldRequest::read(event)?;
    let answered = lift(app, &request).await?;
    Ok(answered.about(request.subject))
}

async fn lift(app: &App, request: &HoldRequest) -> Result<Answered, Error> {
    let (subject, reference) = (request.subject, request.reference.as_str());
    if request.dry_run {
        return would_lift(app, subject, reference).await;
    }
    let Some(hold) = holds::lift(&app.db, subject, reference, &request.reason, None).await? else {
        // One that was lifted may still stand in the bucket: whoever lifted it died before they said so there.
        if let Some(hold) = holds::lifted(&app.db, subject, reference).await? {
            engrave_hold(app, &hold).await?;
        }
        return Ok(Answered::refused(Refusal::HoldNotFound, json!({})));
    };
    engrave_hold(app, &hold).await?;
    let left = holds::standing(&app.db, hold.customer).await?;
    let left: Vec<_> = left.iter().map(HoldDocument::from).collect();
    Ok(Answered::done(json!({"hold": HoldDocument::from(&hold), "standing": left})))
}

async fn would_lift(app: &App, subject: Subject, reference: &str) -> Result<Answered, Error> {
    let customer = match subject {
        Subject::Customer(customer) => Some(customer),
        Subject::Session(_) => {
            sessions_of(&app.db, subject, 0, 1).await?.first().map(|session| session.customer)
        }
    };
    let standing = match customer {
        Some(customer) => holds::standing(&app.db, customer).await?,
        None => Vec::new(),
    };
    let is_meant = |hold: &&holds::Hold| {
        hold.reference == reference
            && match subject {
                Subject::Customer(_) => hold.session.is_none(),
                Subject::Session(session) => hold.session == Some(session),
            }
    };
    Ok(match standing.iter().find(is_meant) {
        Some(hold) => {
            Answered::done(json!({"dry_run": true, "would_lift": HoldDocument::from(hold)}))
        }
        None => Answered::refused(Refusal::HoldNotFound, json!({})),
    })
}
