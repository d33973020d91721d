//! An operator revokes the tokens that a person has: who left, whose account or token is in wrong hands, who is
//! no dentist any more.

use chat::{
    app::App,
    error::{Cause, Error},
    records::{Answered, Asked, Refusal},
    store::{
        Statement,
        revocations::{self, Revoked},
    },
    timestamp,
};
use serde_json::{Value, json};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&revocations::REVOKE];

/// Revokes the tokens that the person has; those that Cognito issues from now on are good. Their connections are
/// over at once; operations refuse the tokens within ten seconds. Asked again, it revokes what was issued
/// meanwhile.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let mut asked = Asked::of(event);
    let person = asked.person();
    let (role, id) = asked.finish(person)?;
    let answered = match revocations::revoke(&app.db, role, id).await? {
        Some(Revoked { issued_until, connections }) => {
            let issued_until = timestamp::text(issued_until).map_err(unwritable)?;
            Answered::done(json!({"issued_until": issued_until, "connections": connections}))
        }
        None => Answered::refused(Refusal::TooManyRevocations, json!({})),
    };
    Ok(answered.about_person(role, id))
}

fn unwritable(_: timestamp::OutOfRange) -> Error {
    Error::Internal(Cause::new("a time cannot be written"))
}
