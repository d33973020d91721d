//! An erasure, step by step: killed anywhere and asked again, it goes on.
//!
//! 1. It is begun in the database, under the customer's lock, unless a hold stands.
//! 2. A tombstone is engraved: from here on no restored backup can lose that it was asked.
//! 3. Session by session, messages go from the beginning on, a bounded number at a time, each step under the
//!    same lock; the keys of their images are noted in the same transaction. A session without messages goes.
//!    What is left of a session is a whole session at any time, so a hold that comes in between finds
//!    nothing half.
//! 4. The phone goes, connections are closed, and the bytes of what was noted are deleted, every version.
//! 5. Nothing is left: it is finished, its tombstone engraved with its counts, and sealed.

use super::{
    bytes::{Deadline, delete_bytes},
    document::engrave_tombstone,
};
use crate::{
    app::App,
    error::Error,
    gateway::Fate,
    id::SessionId,
    store::{
        connections,
        erasures::{self, Erasure, Wanted},
        keeping::Standing,
        trimming::{self, Eraser},
    },
};
use futures_util::future::join_all;

/// Messages erased by one statement.
const STEP: i64 = 500;
/// Connections closed at once.
const CONNECTIONS: i64 = 200;

/// What became of an erasure.
#[derive(Debug)]
pub enum Erased {
    /// Nothing is left.
    Done(Erasure),
    /// A hold stands; what it found is as it was found.
    OnHold,
    /// Another job works on the records.
    Busy,
    /// Time is over: asked again, it goes on.
    Unfinished,
}

impl Erased {
    const fn stopped(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Free => None,
            Standing::Held => Some(Self::OnHold),
            Standing::Busy => Some(Self::Busy),
        }
    }
}

/// Erases what there is of a customer, or goes on with it.
///
/// # Errors
/// [`Error::Unavailable`]; asked again, it goes on.
pub async fn erase(app: &App, wanted: &Wanted<'_>, deadline: Deadline) -> Result<Erased, Error> {
    let (standing, begun) = erasures::begin(&app.db, wanted).await?;
    let erasure = match (Erased::stopped(standing), begun) {
        (Some(stopped), _) => return Ok(stopped),
        (None, None) => return Ok(Erased::Busy),
        (None, Some(erasure)) => erasure,
    };
    if erasure.finished_at.is_none() {
        engrave_tombstone(app, &erasure).await?;
        if let Some(stopped) = erase_sessions(app, &erasure, deadline).await? {
            return Ok(stopped);
        }
        if let Some(stopped) = forget_people(app, &erasure, deadline).await? {
            return Ok(stopped);
        }
        if !delete_bytes(app, Some(erasure.customer), deadline).await? {
            return Ok(Erased::Unfinished);
        }
    }
    let Some(finished) = erasures::finish(&app.db, erasure.id).await? else {
        return Ok(Erased::Unfinished);
    };
    engrave_tombstone(app, &finished).await?;
    erasures::seal(&app.db, finished.id).await?;
    Ok(Erased::Done(finished))
}

async fn erase_sessions(
    app: &App,
    erasure: &Erasure,
    deadline: Deadline,
) -> Result<Option<Erased>, Error> {
    while let Some(session) = erasures::next_session(&app.db, erasure).await? {
        if let Some(stopped) = erase_session(app, erasure, session, deadline).await? {
            return Ok(Some(stopped));
        }
    }
    Ok(None)
}

async fn erase_session(
    app: &App,
    erasure: &Erasure,
    session: SessionId,
    deadline: Deadline,
) -> Result<Option<Erased>, Error> {
    let eraser = Eraser::Erasure(erasure.id);
    loop {
        if deadline.is_over() {
            return Ok(Some(Erased::Unfinished));
        }
        let Some(step) = trimming::trim(&app.db, session, eraser, STEP).await? else {
            return Ok(None);
        };
        if let Some(stopped) = Erased::stopped(step.standing) {
            return Ok(Some(stopped));
        }
        if step.messages > 0 {
            continue;
        }
        // A message that came meanwhile keeps the session: then the next step erases it.
        match trimming::remove(&app.db, session, eraser).await? {
            None | Some((Standing::Free, true)) => return Ok(None),
            Some((standing, _)) => {
                if let Some(stopped) = Erased::stopped(standing) {
                    return Ok(Some(stopped));
                }
            }
        }
    }
}

async fn forget_people(
    app: &App,
    erasure: &Erasure,
    deadline: Deadline,
) -> Result<Option<Erased>, Error> {
    loop {
        let (standing, open) = erasures::forget_people(&app.db, erasure, CONNECTIONS).await?;
        if let Some(stopped) = Erased::stopped(standing) {
            return Ok(Some(stopped));
        }
        if open.is_empty() {
            return Ok(None);
        }
        let fates = join_all(open.iter().map(|connection| app.gateway.close(connection))).await;
        let closed = open.iter().zip(fates).filter(|(_, fate)| *fate != Fate::Dropped);
        let closed: Vec<String> = closed.map(|(connection, _)| connection.clone()).collect();
        connections::forget(&app.db, &closed).await?;
        // Those that the gateway does not close now have expired: redeliver closes them.
        if closed.is_empty() || deadline.is_over() {
            return Ok(None);
        }
    }
}
