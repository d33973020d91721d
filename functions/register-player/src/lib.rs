//! `PUT /players`: a customer's phone is ready for notifications.

use chat::{
    api::{Answer, Call, Request},
    app::App,
    error::Error,
    fields::Fields,
    identity::Role,
    player::PlayerId,
    store::{Statement, players},
};

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[&players::REGISTER];

/// Which phone.
#[derive(Debug)]
pub struct RegisterPlayer {
    player: PlayerId,
}

impl Request for RegisterPlayer {
    const HAS_BODY: bool = true;

    fn read(fields: &mut Fields, _role: Role) -> Option<Self> {
        fields.body("onesignal_player_id").map(|player| Self { player })
    }
}

/// Makes this the customer's only player, taken from whoever had it, and answers with the mapping.
///
/// # Errors
/// [`Error::Forbidden`] for dentists.
pub async fn handle(app: &App, call: Call<RegisterPlayer>) -> Result<Answer, Error> {
    if call.caller.role() != Role::Customer {
        return Err(Error::Forbidden);
    }
    let player = players::register(&app.db, call.caller, call.request.player).await?;
    Answer::ok(&player)
}
