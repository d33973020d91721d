//! An operator revokes the tokens that a person has: who left, whose account or token is in wrong hands, who is
//! no dentist any more.

use chat::{
    app::App,
    error::{Cause, Error},
    identity::Role,
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

/// Whose tokens.
struct RevokeTokens {
    role: Role,
    id: i64,
    dry_run: bool,
}

impl RevokeTokens {
    fn read(event: Value) -> Result<Self, Error> {
        let mut asked = Asked::of(event);
        let (person, dry_run) = (asked.person(), asked.dry_run());
        let request = person.zip(dry_run).map(|((role, id), dry_run)| Self { role, id, dry_run });
        asked.finish(request)
    }
}

/// Revokes the tokens that the person has; those that Cognito issues from now on are good. Their connections are
/// over at once; operations refuse the tokens within ten seconds. Asked again, it revokes what was issued
/// meanwhile.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let RevokeTokens { role, id, dry_run } = RevokeTokens::read(event)?;
    if dry_run {
        let answered = Answered::done(json!({"dry_run": true, "would_revoke": true}));
        return Ok(answered.about_person(role, id));
    }
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
