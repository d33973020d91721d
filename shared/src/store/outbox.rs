//! `message_outbox`: what is still owed for committed messages.

use super::{
    Database, Statement,
    row::{self, get, only},
};
use crate::{
    caller::Role,
    delivery::{Audience, Owed},
    error::{Cause, Error},
    id::{CustomerId, MessageId, SessionId},
};
use std::time::Duration;
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
    types: &[Type::INT8, Type::TEXT_ARRAY, Type::FLOAT8],
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
    types: &[Type::INT8, Type::INT4, Type::FLOAT8],
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

/// See the file.
pub static STATE: Statement = Statement {
    name: "outbox/state",
    sql: include_str!("outbox/state.sql"),
    types: &[Type::FLOAT8],
};

/// See the file.
pub static PARKED: Statement =
    Statement { name: "outbox/parked", sql: include_str!("outbox/parked.sql"), types: &[] };

/// See the file.
pub static UNPARK: Statement =
    Statement { name: "outbox/unpark", sql: include_str!("outbox/unpark.sql"), types: &[] };

/// Nothing is owed any more for this message.
///
/// # Errors
/// As [`Database::query`].
pub async fn settle(db: &Database, message: MessageId) -> Result<(), Error> {
    db.query(&SETTLE, &[&message.get()]).await.map(|_| ())
}

/// The frames of a fresh message went to these connections; a push may be due so long after its
/// commit. Returns who is online and got none: as long as there is anyone, nothing else happens.
///
/// # Errors
/// As [`Database::query`].
pub async fn hand_on(
    db: &Database,
    message: MessageId,
    served: &[String],
    push_after: Option<Duration>,
) -> Result<Audience, Error> {
    let seconds = push_after.map(|delay| delay.as_secs_f64());
    row::audience(&only(db.query(&HAND_ON, &[&message.get(), &served, &seconds]).await?)?)
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
        push: message.sender_type == Role::Dentist,
        audience: row::audience(row)?,
        frames_sent: get(row, "frames_sent")?,
        attempts: get(row, "attempts")?,
        age: Duration::try_from_secs_f64(age).unwrap_or_default(),
        message,
    })
}

/// The row is due again after this delay. Nothing happens if somebody else has taken it since.
///
/// # Errors
/// As [`Database::query`].
pub async fn postpone(db: &Database, owed: &Owed, delay: Duration) -> Result<(), Error> {
    let seconds = delay.as_secs_f64();
    db.query(&POSTPONE, &[&owed.message.id.get(), &owed.attempts, &seconds]).await.map(|_| ())
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

/// How the outbox stands.
#[derive(Debug)]
pub struct State {
    /// How long the oldest due row has been due, in seconds.
    pub age_seconds: f64,
    /// Rows given up.
    pub parked: i64,
    /// Whether a row becomes due within the time asked about.
    pub soon_due: bool,
}

/// Looks at the outbox as a whole; `soon` is how far ahead.
///
/// # Errors
/// As [`Database::query`].
pub async fn state(db: &Database, soon: Duration) -> Result<State, Error> {
    let row = only(db.query(&STATE, &[&soon.as_secs_f64()]).await?)?;
    Ok(State {
        age_seconds: get(&row, "age_seconds")?,
        parked: get(&row, "parked")?,
        soon_due: get(&row, "soon_due")?,
    })
}

/// A row that was given up.
#[derive(Debug)]
pub struct Parked {
    /// The message.
    pub message_id: MessageId,
    /// Its session.
    pub session_id: SessionId,
    /// Its number there.
    pub seq: i64,
    /// How often it was tried.
    pub attempts: i32,
    /// Since when it is given up.
    pub parked_at: OffsetDateTime,
}

/// The rows given up, oldest first, at most a thousand.
///
/// # Errors
/// As [`Database::query`].
pub async fn parked(db: &Database) -> Result<Vec<Parked>, Error> {
    let rows = db.query(&PARKED, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Parked {
                message_id: get::<i64>(row, "message_id")?.into(),
                session_id: get::<i64>(row, "session_id")?.into(),
                seq: get(row, "seq")?,
                attempts: get(row, "attempts")?,
                parked_at: get(row, "parked_at")?,
            })
        })
        .collect()
}

/// Makes all rows given up due again; tells how many.
///
/// # Errors
/// As [`Database::query`].
pub async fn unpark(db: &Database) -> Result<i64, Error> {
    get(&only(db.query(&UNPARK, &[]).await?)?, "unparked")
}
