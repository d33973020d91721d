//! After a restore: the holds and tombstones of the records' bucket are applied to a database that came back
//! from a backup. What was held is held, what was lifted is lifted, and what was erased is erased again.

use chat::{
    app::App,
    error::{Cause, Error},
    records::{
        Answered, Asked, Deadline, Erased, HOLDS, HoldDocument, Refusal, TOMBSTONES, Tombstone,
        erase,
    },
    store::{Statement, Subject, connections, erased_objects, erasures, history, holds, trimming},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &history::RENEW,
    &holds::PLACE,
    &holds::LIFT,
    &holds::STANDING,
    &erasures::KNOWN,
    &erasures::BEGIN,
    &erasures::NEXT_SESSION,
    &trimming::TRIM,
    &trimming::REMOVE,
    &erasures::FORGET_PEOPLE,
    &connections::FORGET,
    &erased_objects::NEXT,
    &erased_objects::DONE,
    &erasures::FINISH,
    &erasures::SEAL,
];

/// When to leave the rest to the next call; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_mins(13);

/// Applies them in the order of their keys, holds first. Asked again, what is done costs a look.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let mut asked = Asked::of(event);
    let dry_run = asked.dry_run();
    let dry_run = asked.finish(dry_run)?;
    if !dry_run {
        // What clients know of the database as it was is worth nothing: sync tells them so.
        history::renew(&app.db).await?;
    }
    let (holds, holds_applied) = apply_holds(app, dry_run).await?;
    let deadline = Deadline::after(LONGEST_RUN);
    let mut left = Vec::new();
    let erased = each(app, TOMBSTONES, async |tombstone: Tombstone| {
        let done = apply_tombstone(app, &tombstone, deadline, dry_run).await?;
        if let Some(refusal) = done.err() {
            left.push(json!({"erasure_id": tombstone.erasure_id, "code": refusal.code()}));
        }
        Ok(done == Ok(true))
    });
    let (tombstones, erasures_applied) = erased.await?;
    let report = json!({
        "dry_run": dry_run, "holds": holds, "holds_applied": holds_applied,
        "tombstones": tombstones, "erasures_applied": erasures_applied, "left": left,
    });
    Ok(if left.is_empty() {
        Answered::done(report)
    } else {
        Answered::refused(Refusal::Unfinished, report)
    })
}

/// Applies every document under a prefix; how many there are, and how many changed something.
async fn each<T: DeserializeOwned>(
    app: &App,
    prefix: &str,
    mut apply: impl AsyncFnMut(T) -> Result<bool, Error>,
) -> Result<(usize, usize), Error> {
    let (mut seen, mut applied) = (0, 0);
    let mut after: Option<String> = None;
    loop {
        let keys = app.vault.keys(prefix, after.as_deref()).await?;
        let Some(last) = keys.last().cloned() else { return Ok((seen, applied)) };
        for key in &keys {
            let Some(bytes) = app.vault.read(key).await? else { continue };
            let malformed = |_| Error::Internal(Cause::new(format!("{key} is not as described")));
            seen += 1;
            applied +=
                usize::from(apply(serde_json::from_slice(&bytes).map_err(malformed)?).await?);
        }
        after = Some(last);
    }
}

/// Applies the holds: how many there are, and how many changed something.
async fn apply_holds(app: &App, dry_run: bool) -> Result<(usize, usize), Error> {
    let mut holds = Vec::new();
    each(app, HOLDS, async |hold: HoldDocument| {
        holds.push(hold);
        Ok(false)
    })
    .await?;
    // First what was lifted: another hold may stand under the same reference since.
    holds.sort_by_key(|hold| hold.lift_reason.is_none());
    let mut applied = 0;
    for hold in &holds {
        applied += usize::from(apply_hold(app, hold, dry_run).await?);
    }
    Ok((holds.len(), applied))
}

/// Makes a hold stand, or not, as its document says. Tells whether that changes anything.
async fn apply_hold(app: &App, hold: &HoldDocument, dry_run: bool) -> Result<bool, Error> {
    if dry_run {
        return Ok(stands(app, hold).await? == hold.lift_reason.is_some());
    }
    if let Some(reason) = &hold.lift_reason {
        let (subject, only) = (subject(hold), Some(hold.hold_id));
        return Ok(holds::lift(&app.db, subject, &hold.reference, reason, only).await?.is_some());
    }
    let wanted = holds::Wanted {
        id: hold.hold_id,
        subject: subject(hold),
        reason: &hold.reason,
        reference: &hold.reference,
        placed_at: Some(hold.placed_at),
    };
    Ok(holds::place(&app.db, &wanted).await?.is_some_and(|placed| placed.is_new))
}

async fn stands(app: &App, hold: &HoldDocument) -> Result<bool, Error> {
    let standing = holds::standing(&app.db, hold.customer_id.into()).await?;
    Ok(standing.iter().any(|it| it.id == hold.hold_id))
}

fn subject(hold: &HoldDocument) -> Subject {
    match hold.session_id {
        Some(session) => Subject::Session(session.into()),
        None => Subject::Customer(hold.customer_id.into()),
    }
}

/// Erases again what a tombstone stands for. Tells whether there was anything to do.
async fn apply_tombstone(
    app: &App,
    tombstone: &Tombstone,
    deadline: Deadline,
    dry_run: bool,
) -> Result<Result<bool, Refusal>, Error> {
    if erasures::is_sealed(&app.db, tombstone.erasure_id).await? {
        return Ok(Ok(false));
    }
    if dry_run {
        return Ok(Ok(true));
    }
    let wanted = erasures::Wanted {
        id: tombstone.erasure_id,
        customer: tombstone.customer_id.into(),
        reference: &tombstone.reference,
        begun_at: Some(tombstone.begun_at),
    };
    // An erasure that the backup itself had begun may come first.
    for _ in 0..2 {
        match erase(app, &wanted, deadline).await? {
            Erased::Done(erasure) if erasure.id == tombstone.erasure_id => return Ok(Ok(true)),
            Erased::Done(_) => {}
            Erased::OnHold => return Ok(Err(Refusal::OnHold)),
            Erased::Busy => return Ok(Err(Refusal::RecordsBusy)),
            Erased::Unfinished => return Ok(Err(Refusal::Unfinished)),
        }
    }
    Ok(Err(Refusal::Unfinished))
}
