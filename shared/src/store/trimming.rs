//! Erasing from the beginning of a session on, whoever asks for it: an erasure or a retention period.

use super::{
    database::Database,
    erasures::LEASE,
    keeping::{self, Standing},
    row::{at_most_one, get, only},
    statement::statement,
};
use crate::{error::Error, id::SessionId};
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

statement!(rare TRIM = "messages/trim"(INT8, TIMESTAMPTZ, INT8, TEXT, UUID, FLOAT8));
statement!(rare REMOVE = "sessions/remove"(INT8, TEXT, UUID, TIMESTAMPTZ));
statement!(rare EXPIRED = "sessions/expired"(TIMESTAMPTZ, TIMESTAMPTZ, INT8, INT8));
statement!(rare EMPTY = "sessions/empty"(INT8, INT8, TIMESTAMPTZ));

/// Who erases.
#[derive(Clone, Copy, Debug)]
pub enum Eraser {
    /// An erasure, which takes everything.
    Erasure(Uuid),
    /// A retention period: what is older than this.
    Retention(OffsetDateTime),
}

/// No message is sent later.
const EVER: OffsetDateTime = time::macros::datetime!(9999-01-01 0:00 UTC);

impl Eraser {
    const fn name(self) -> &'static str {
        match self {
            Self::Erasure(_) => "erasure",
            Self::Retention(_) => "retention",
        }
    }

    const fn erasure(self) -> Option<Uuid> {
        match self {
            Self::Erasure(id) => Some(id),
            Self::Retention(_) => None,
        }
    }
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub struct Trimmed {
    /// Whether it might have erased.
    pub standing: Standing,
    /// How many messages it did erase.
    pub messages: i64,
    /// How many images, whose bytes are to be deleted now.
    pub images: i64,
}

/// Erases up to `limit` messages from the beginning of a session on; none when there is no such session.
///
/// # Errors
/// As [`Database::query`].
pub async fn trim(
    db: &Database,
    session: SessionId,
    eraser: Eraser,
    limit: i64,
) -> Result<Option<Trimmed>, Error> {
    let older_than = match eraser {
        Eraser::Erasure(_) => EVER,
        Eraser::Retention(time) => time,
    };
    let (name, erasure, lease) = (eraser.name(), eraser.erasure(), LEASE.as_secs_f64());
    let parameters =
        [&session.get() as &(dyn ToSql + Sync), &older_than, &limit, &name, &erasure, &lease];
    let rows = db.query(&TRIM, &parameters).await?;
    let Some(row) = at_most_one(&rows)? else { return Ok(None) };
    let (messages, images) = (get(row, "messages")?, get(row, "images")?);
    Ok(Some(Trimmed { standing: keeping::standing(row)?, messages, images }))
}

/// Removes a session of which nothing is left. Tells how the records stood, and whether it is gone; none when
/// there is no such session.
///
/// # Errors
/// As [`Database::query`].
pub async fn remove(
    db: &Database,
    session: SessionId,
    eraser: Eraser,
) -> Result<Option<(Standing, bool)>, Error> {
    let idle_since = match eraser {
        Eraser::Erasure(_) => None,
        Eraser::Retention(time) => Some(time),
    };
    let (name, erasure) = (eraser.name(), eraser.erasure());
    let rows = db.query(&REMOVE, &[&session.get(), &name, &erasure, &idle_since]).await?;
    let Some(row) = at_most_one(&rows)? else { return Ok(None) };
    Ok(Some((keeping::standing(row)?, get(row, "removed")?)))
}

/// The last message that was looked at.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    created_at: OffsetDateTime,
    id: i64,
}

/// Messages that are older than a period.
#[derive(Debug)]
pub struct Expired {
    /// Their sessions.
    pub sessions: Vec<SessionId>,
    /// How many of them nothing keeps …
    pub free: i64,
    /// … and how many a hold does.
    pub held: i64,
    /// Where the next step goes on: not when none is left.
    pub next: Option<Place>,
}

/// The next `limit` messages that are older than this.
///
/// # Errors
/// As [`Database::query`].
pub async fn expired(
    db: &Database,
    older_than: OffsetDateTime,
    after: Option<Place>,
    limit: i64,
) -> Result<Expired, Error> {
    let (created_at, id) = (after.map(|place| place.created_at), after.map(|place| place.id));
    let row = only(db.query(&EXPIRED, &[&older_than, &created_at, &id, &limit]).await?)?;
    let sessions: Vec<i64> = get(&row, "sessions")?;
    let created_at: Option<OffsetDateTime> = get(&row, "last_created_at")?;
    let id: Option<i64> = get(&row, "last_id")?;
    let next = created_at.zip(id).map(|(created_at, id)| Place { created_at, id });
    let (looked_at, held): (i64, i64) = (get(&row, "looked_at")?, get(&row, "held")?);
    let sessions = sessions.into_iter().map(Into::into).collect();
    Ok(Expired { sessions, free: looked_at - held, held, next })
}

/// Archived sessions of which nothing is left, after this one.
///
/// # Errors
/// As [`Database::query`].
pub async fn empty(
    db: &Database,
    after: i64,
    limit: i64,
    idle_since: OffsetDateTime,
) -> Result<Vec<SessionId>, Error> {
    let rows = db.query(&EMPTY, &[&after, &limit, &idle_since]).await?;
    rows.iter().map(|row| get::<i64>(row, "session_id").map(Into::into)).collect()
}
