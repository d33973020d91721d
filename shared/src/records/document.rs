//! What is in the records' bucket so that no restored backup can lose it: holds and tombstones. Never
//! anything of what was said.

use crate::{
    app::App,
    error::{Cause, Error},
    store::{
        erasures::{Counts, Erasure},
        holds::Hold,
    },
    timestamp,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// Where tombstones are.
pub const TOMBSTONES: &str = "tombstones/";
/// Where holds are.
pub const HOLDS: &str = "holds/";

/// What is left of what was erased.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tombstone {
    /// Of this description: 1.
    pub version: u32,
    /// The erasure.
    pub erasure_id: Uuid,
    /// Whose records it was.
    pub customer_id: i64,
    /// What it is known by outside.
    pub reference: String,
    /// What was begun later was not meant.
    #[serde(
        serialize_with = "timestamp::serialize",
        deserialize_with = "time::serde::rfc3339::deserialize"
    )]
    pub begun_at: OffsetDateTime,
    /// When nothing was left; null as long as something is.
    #[serde(
        serialize_with = "timestamp::option",
        deserialize_with = "time::serde::rfc3339::option::deserialize"
    )]
    pub finished_at: Option<OffsetDateTime>,
    /// Sessions erased.
    pub sessions: i64,
    /// Messages erased.
    pub messages: i64,
    /// Replaced texts erased.
    pub revisions: i64,
    /// Images erased.
    pub images: i64,
}

/// A hold, as the bucket has it.
#[derive(Debug, Serialize, Deserialize)]
pub struct HoldDocument {
    /// Of this description: 1.
    pub version: u32,
    /// The hold.
    pub hold_id: Uuid,
    /// Whose records.
    pub customer_id: i64,
    /// Only this session's, if one is named.
    pub session_id: Option<i64>,
    /// Why.
    pub reason: String,
    /// What it is known by outside.
    pub reference: String,
    /// Since when.
    #[serde(
        serialize_with = "timestamp::serialize",
        deserialize_with = "time::serde::rfc3339::deserialize"
    )]
    pub placed_at: OffsetDateTime,
    /// Until when; null while it stands.
    #[serde(
        serialize_with = "timestamp::option",
        deserialize_with = "time::serde::rfc3339::option::deserialize"
    )]
    pub lifted_at: Option<OffsetDateTime>,
    /// Why no longer.
    pub lift_reason: Option<String>,
}

impl From<&Erasure> for Tombstone {
    fn from(erasure: &Erasure) -> Self {
        let Counts { sessions, messages, revisions, images } = erasure.counts;
        Self {
            version: 1,
            erasure_id: erasure.id,
            customer_id: erasure.customer.get(),
            reference: erasure.reference.clone(),
            begun_at: erasure.begun_at,
            finished_at: erasure.finished_at,
            sessions,
            messages,
            revisions,
            images,
        }
    }
}

impl From<&Hold> for HoldDocument {
    fn from(hold: &Hold) -> Self {
        Self {
            version: 1,
            hold_id: hold.id,
            customer_id: hold.customer.get(),
            session_id: hold.session.map(crate::id::SessionId::get),
            reason: hold.reason.clone(),
            reference: hold.reference.clone(),
            placed_at: hold.placed_at,
            lifted_at: hold.lifted.as_ref().map(|(at, _)| *at),
            lift_reason: hold.lifted.as_ref().map(|(_, reason)| reason.clone()),
        }
    }
}

/// Writes an erasure's tombstone; the newest version tells all.
///
/// # Errors
/// [`Error::Unavailable`] when S3 does not take it.
pub async fn engrave_tombstone(app: &App, erasure: &Erasure) -> Result<(), Error> {
    let key = format!("{TOMBSTONES}{}.json", erasure.id);
    app.vault.engrave(&key, text(&Tombstone::from(erasure))?).await
}

/// Writes a hold; the newest version tells whether it stands.
///
/// # Errors
/// [`Error::Unavailable`] when S3 does not take it.
pub async fn engrave_hold(app: &App, hold: &Hold) -> Result<(), Error> {
    app.vault.engrave(&format!("{HOLDS}{}.json", hold.id), text(&HoldDocument::from(hold))?).await
}

fn text(document: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(document).map_err(|_| Error::Internal(Cause::new("a record is not JSON")))
}
