//! An operator erases a customer: sessions, messages, what they said before they were corrected, images in
//! every version, the phone, open connections, what was handed over and is still in the bucket. A tombstone
//! stays. Refused under a hold.

use chat::{
    app::App,
    error::Error,
    id::CustomerId,
    random,
    records::{Answered, Asked, Deadline, Erased, HoldDocument, Refusal, Tombstone, erase},
    store::{
        SESSIONS, Statement, Subject, connections, erased_objects,
        erasures::{self, Wanted},
        holds, sessions_of, trimming,
    },
};
use serde_json::{Value, json};
use std::time::Duration;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] = &[
    &erasures::EARLIER,
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
    &holds::STANDING,
    &SESSIONS,
];

/// When to leave the rest to the next call; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_mins(13);
/// Sessions counted by one statement.
const PAGE: i64 = 500;

/// Erases, or goes on with an erasure that was begun. An erasure that is finished is told of again, as long as
/// the customer has not come back since.
///
/// # Errors
/// [`Error::InvalidRequest`]; [`Error::Unavailable`]: ask again.
pub async fn handle(app: &App, event: Value) -> Result<Answered, Error> {
    let mut asked = Asked::of(event);
    let (customer, reference) = (asked.customer(), asked.text("reference"));
    let dry_run = asked.dry_run();
    let request = customer.zip(reference).zip(dry_run);
    let ((customer, reference), dry_run) = asked.finish(request)?;
    let answered = if dry_run {
        would_erase(app, customer).await?
    } else {
        erase_customer(app, customer, &reference).await?
    };
    Ok(answered.about(Subject::Customer(customer)))
}

async fn erase_customer(
    app: &App,
    customer: CustomerId,
    reference: &str,
) -> Result<Answered, Error> {
    let (has_records, earlier) = erasures::earlier(&app.db, customer, reference).await?;
    if let (false, Some(erasure)) = (has_records, earlier) {
        return Ok(Answered::done(json!({"erased": Tombstone::from(&erasure)})));
    }
    let wanted = Wanted { id: random::new_id(), customer, reference, begun_at: None };
    Ok(match erase(app, &wanted, Deadline::after(LONGEST_RUN)).await? {
        Erased::Done(erasure) => Answered::done(json!({"erased": Tombstone::from(&erasure)})),
        Erased::OnHold => {
            Answered::refused(Refusal::OnHold, json!({"holds": standing(app, customer).await?}))
        }
        Erased::Busy => Answered::refused(Refusal::RecordsBusy, json!({})),
        Erased::Unfinished => Answered::refused(Refusal::Unfinished, json!({})),
    })
}

/// What would go, and what would keep it.
async fn would_erase(app: &App, customer: CustomerId) -> Result<Answered, Error> {
    let holds = standing(app, customer).await?;
    if !holds.is_empty() {
        return Ok(Answered::refused(Refusal::OnHold, json!({"dry_run": true, "holds": holds})));
    }
    let (mut sessions, mut messages, mut after) = (0, 0, 0);
    loop {
        let page = sessions_of(&app.db, Subject::Customer(customer), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id.get();
        sessions += page.len();
        messages += page.iter().map(|it| it.last_seq - it.first_seq + 1).sum::<i64>();
    }
    Ok(Answered::done(
        json!({"dry_run": true, "would_erase": {"sessions": sessions, "messages": messages}}),
    ))
}

async fn standing(app: &App, customer: CustomerId) -> Result<Vec<HoldDocument>, Error> {
    let holds = holds::standing(&app.db, customer).await?;
    Ok(holds.iter().map(HoldDocument::from).collect())
}
