//! `message_outbox`: what is still owed for committed messages.

mod overview;

pub use overview::{PARKED, Parked, STATE, State, UNPARK, parked, state, unpark};

use super::{
    Database, Statement,
    row::{self, get, only},
};
use crate::{
    caller::Role,
    delivery::{Audience, Owed},
    error::{Cause, Error},
    id::{CustomerId, MessageId},
};
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use tokio_postgres::{Row, types::Type};

/// See the file.
pub static SETTLE: Statement = Statement {
    name: "outbox/settle",
    sql: include_str!("outbox/settle.sql"),
    types: &[Type::INT8],
};

/// See the file.
pub static HAND_ON: Statement = Statement {
    name: "outbox/hand_on",
    sql: include_str!("outbox/hand_on.sql"),
    types: &[Type::INT8, Type::TEXT_ARRAY, Type::FLOAT8, Type::FLOAT8],
};

/// See the file.
pub static FRAMES_SENT: Statement = Statement {
    name: "outbox/frames_sent",
    sql: include_str!("outbox/frames_sent.sql"),
    types: &[Type::INT8, Type::INT4, Type::FLOAT8],
};

/// See the file.
pub static TAKE: Statement = Statement {
    name: "outbox/take",
    sql: include_str!("outbox/take.sql"),
    types: &[Type::INT8, Type::FLOAT8],
};

/// See the file.
pub static POSTPONE: Statement = Statement {
    name: "outbox/postpone",
    sql: include_str!("outbox/postpone.sql"),
    types: &[Type::INT8, Type::INT4, Type::FLOAT8, Type::BOOL],
};

/// See the file.
pub static PARK: Statement =
    Statement { name: "outbox/park", sql: include_str!("outbox/park.sql"), types: &[Type::INT8] };

/// See the file.
pub static PUSH_FACTS: Statement = Statement {
    name: "outbox/push_facts",
    sql: include_str!("outbox/push_facts.sql"),
    types: &[Type::INT8],
};

/// Nothing is owed any more for this message.
///
/// # Errors
/// As [`Database::query`].
pub async fn settle(db: &Database, message: MessageId) -> Result<(), Error> {
    db.query(&SETTLE, &[&message.get()]).await.map(|_| ())
}

/// The frames of a fresh message went to these connections; the rest, if any, is due so long after
/// its commit, which was known at `known_at`. Returns who was online by then and got none: as long as
/// there is anyone, nothing else happens.
///
/// # Errors
/// As [`Database::query`].
pub async fn hand_on(
    db: &Database,
    message: MessageId,
    served: &[String],
    rest_after: Option<Duration>,
    known_at: Instant,
) -> Result<Audience, Error> {
    let seconds = rest_after.map(|delay| delay.as_secs_f64());
    let since = known_at.elapsed().as_secs_f64();
    row::audience(&only(db.query(&HAND_ON, &[&message.get(), &served, &seconds, &since]).await?)?)
}

/// The frames are out; the push is due so long after the message's commit. Nothing happens if
/// somebody else has taken the row since it was taken as `owed`.
///
/// # Errors
/// As [`Database::query`].
pub async fn frames_sent(db: &Database, owed: &Owed, push_after: Duration) -> Result<(), Error> {
    let seconds = push_after.as_secs_f64();
    db.query(&FRAMES_SENT, &[&owed.message.id.get(), &owed.attempts, &seconds]).await.map(|_| ())
}

/// A row that was taken.
#[derive(Debug)]
pub enum Taken {
    /// What is owed.
    Owed(Box<Owed>),
    /// A row that cannot be understood, and why.
    Bad(MessageId, Error),
}

/// Takes due rows, oldest first, under a lease: nobody else gets them before it runs out.
///
/// # Errors
/// As [`Database::query`]. A row that cannot be understood is no error: it must not hold up others.
pub async fn take(db: &Database, limit: i64, lease: Duration) -> Result<Vec<Taken>, Error> {
    let rows = db.query(&TAKE, &[&limit, &lease.as_secs_f64()]).await?;
    rows.iter()
        .map(|row| match owed(row) {
            Ok(owed) => Ok(Taken::Owed(Box::new(owed))),
            Err(error) => Ok(Taken::Bad(get::<i64>(row, "message_id")?.into(), error)),
        })
        .collect()
}

fn owed(row: &Row) -> Result<Owed, Error> {
    let missing = || Error::Internal(Cause::new("an outbox row has no message"));
    let message = row::message(row)?.ok_or_else(missing)?;
    let age: f64 = get(row, "age_seconds")?;
    Ok(Owed {
        known_at: Instant::now(),
        push: message.sender_type == Role::Dentist && !get::<bool>(row, "pushed")?,
        audience: row::audience(row)?,
        frames_sent: get(row, "frames_sent")?,
        attempts: get(row, "attempts")?,
        age: Duration::try_from_secs_f64(age).unwrap_or_default(),
        message,
    })
}

/// The row is due again after this delay, for the push unless it is done, and the images. Nothing
/// happens if somebody else has taken it since.
///
/// # Errors
/// As [`Database::query`].
pub async fn postpone(
    db: &Database,
    owed: &Owed,
    delay: Duration,
    is_pushed: bool,
) -> Result<(), Error> {
    let (message, seconds) = (owed.message.id.get(), delay.as_secs_f64());
    db.query(&POSTPONE, &[&message, &owed.attempts, &seconds, &is_pushed]).await.map(|_| ())
}

/// The row is given up, for a person to look at.
///
/// # Errors
/// As [`Database::query`].
pub async fn park(db: &Database, message: MessageId) -> Result<(), Error> {
    db.query(&PARK, &[&message.get()]).await.map(|_| ())
}

/// What a push for a message is made from.
#[derive(Debug)]
pub struct PushFacts {
    /// Whether the customer has read the message.
    pub is_read: bool,
    /// Whose phone.
    pub customer_id: CustomerId,
    /// The phone and when it was registered; none if the customer has none.
    pub player: Option<(String, OffsetDateTime)>,
    /// The customer's unread messages in active sessions.
    pub badge: i64,
}

/// Looks up what a push for this message is made from, as it is now.
///
/// # Errors
/// As [`Database::query`].
pub async fn push_facts(db: &Database, message: MessageId) -> Result<PushFacts, Error> {
    let row = only(db.query(&PUSH_FACTS, &[&message.get()]).await?)?;
    let player: Option<String> = get(&row, "onesignal_player_id")?;
    Ok(PushFacts {
        is_read: get(&row, "is_read")?,
        customer_id: get::<i64>(&row, "customer_id")?.into(),
        player: player.zip(get(&row, "registered_at")?),
        badge: get(&row, "badge")?,
    })
}
