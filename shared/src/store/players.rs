//! `customer_notification_mapping`.

use super::{
    database::Database,
    row::{get, only},
    statement::statement,
};
use crate::{
    caller::Caller,
    error::Error,
    id::CustomerId,
    player::{Player, PlayerId},
};
use time::OffsetDateTime;

statement!(REGISTER = "players/register"(INT8, TEXT));
statement!(UNREGISTER = "players/unregister"(INT8));
statement!(rare UNMAP = "players/unmap" (INT8, TEXT, TIMESTAMPTZ));

/// Makes this the only player of the caller, a customer, and nobody else's.
///
/// # Errors
/// As [`Database::query_as`].
pub async fn register(db: &Database, caller: Caller, player: PlayerId) -> Result<Player, Error> {
    let player = player.0.to_string();
    let row = only(db.query_as(caller, &REGISTER, &[&caller.id(), &player]).await?)?;
    Ok(Player {
        id: get(&row, "id")?,
        customer_id: get::<i64>(&row, "customer_id")?.into(),
        onesignal_player_id: get(&row, "onesignal_player_id")?,
        created_at: get(&row, "created_at")?,
        updated_at: get(&row, "updated_at")?,
    })
}

/// Removes the player of the caller, a customer, if there is one.
///
/// # Errors
/// As [`Database::query_as`].
pub async fn unregister(db: &Database, caller: Caller) -> Result<(), Error> {
    db.query_as(caller, &UNREGISTER, &[&caller.id()]).await.map(|_| ())
}

/// Removes a player that the provider calls invalid, unless the customer has registered it again
/// since `registered_at`.
///
/// # Errors
/// As [`Database::query`].
pub async fn unmap(
    db: &Database,
    customer: CustomerId,
    player: &str,
    registered_at: OffsetDateTime,
) -> Result<(), Error> {
    db.query(&UNMAP, &[&customer.get(), &player, &registered_at]).await.map(|_| ())
}
