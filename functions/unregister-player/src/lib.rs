//! `DELETE /players`: a customer wants no more notifications.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::Fields,
    identity::Role,
    store::{Statement, players},
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&players::UNREGISTER];

/// Nothing but the wish.
#[derive(Debug)]
pub struct UnregisterPlayer;

impl Request for UnregisterPlayer {
    const HAS_BODY: bool = false;

    fn read(_fields: &mut Fields, _role: Role) -> Option<Self> {
        Some(Self)
    }
}

/// Removes the customer's player, if there is one.
///
/// # Errors
/// [`Error::Forbidden`] for dentists.
pub async fn handle(app: &App, call: Call<UnregisterPlayer>) -> Result<Answer, Error> {
    if call.caller.role() != Role::Customer {
        return Err(Error::Forbidden);
    }
    players::unregister(&app.db, call.caller).await?;
    Ok(Answer::no_content())
}
