//! Push players: which phone gets a customer's notifications.

use crate::{fields::Field, id::CustomerId, message::uuid, timestamp};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

/// `OneSignal`'s id of an app on a phone (it now calls it a subscription).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlayerId(pub Uuid);

impl Field for PlayerId {
    fn from_json(value: &Value) -> Result<Self, String> {
        uuid(value).map(Self)
    }
}

/// A customer's player.
#[derive(Clone, Debug, Serialize)]
pub struct Player {
    /// The mapping's own id.
    pub id: i64,
    /// Whose notifications.
    pub customer_id: CustomerId,
    /// To which phone.
    pub onesignal_player_id: String,
    /// When the customer first registered a player.
    #[serde(serialize_with = "timestamp::serialize")]
    pub created_at: OffsetDateTime,
    /// When this player was registered.
    #[serde(serialize_with = "timestamp::serialize")]
    pub updated_at: OffsetDateTime,
}
