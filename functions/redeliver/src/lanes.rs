//! One lane for each kind of work: due rows are taken and worked on until none is left. A lane waits for
//! no other, so frames never queue behind pushes.

use crate::{
    attempt::{Fate, attempt},
    provider::Provider,
    run::Run,
};
use chat::{
    app::App,
    error::Error,
    fail_point,
    redeliver::ONE_WAKE_FOR,
    session::Names,
    store::outbox::{self, Bad, Change, FIRST_LEASE, Taken, Work},
};
use futures_util::future::join_all;
use serde::Serialize;
use std::{ops::AddAssign, time::Duration};
use tokio::time::sleep;

/// Rows taken by one statement, and worked on at once.
const BATCH: i64 = 16;
/// How long taken rows are nobody else's; longer than a row is worked on.
const LEASE: Duration = Duration::from_secs(30);
/// How much longer than one wake lasts a run that was woken waits for more.
const WAKE_MARGIN: Duration = Duration::from_millis(150);

/// What became of many rows.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Tally {
    settled: usize,
    waiting: usize,
    newly_parked: usize,
    left: usize,
}

impl Tally {
    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Settled => self.settled += 1,
            Fate::Postponed => self.waiting += 1,
            Fate::Parked => self.newly_parked += 1,
            Fate::Left => self.left += 1,
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.settled += other.settled;
        self.waiting += other.waiting;
        self.newly_parked += other.newly_parked;
        self.left += other.left;
    }
}

/// What is due now, and what becomes due while this run stands for many wakes.
pub(crate) async fn deliver_twice(
    app: &App,
    provider: &Provider,
    run: Run,
) -> Result<Tally, Error> {
    let mut tally = deliver_due(app, provider, run).await?;
    sleep(ONE_WAKE_FOR + WAKE_MARGIN).await;
    tally += deliver_due(app, provider, run).await?;
    Ok(tally)
}

/// Everything that was committed before the run began.
pub(crate) async fn deliver_everything(
    app: &App,
    provider: &Provider,
    run: Run,
) -> Result<Tally, Error> {
    let mut tally = deliver_due(app, provider, run).await?;
    // The newest rows are left to their own invocations for a moment. What is still there after it
    // is delivered here.
    if outbox::state(&app.db, FIRST_LEASE).await?.soon_due {
        sleep(FIRST_LEASE).await;
        tally += deliver_due(app, provider, run).await?;
    }
    Ok(tally)
}

async fn deliver_due(app: &App, provider: &Provider, run: Run) -> Result<Tally, Error> {
    // What a lane remembers while it waits is large.
    let lane = |work| Box::pin(lane(app, provider, work, run));
    let (frames, images, pushes) =
        tokio::join!(lane(Work::Frames), lane(Work::Images), lane(Work::Push));
    let mut tally = frames?;
    if tally.settled > 0 {
        // Frames that reached nobody have made pushes due.
        tally += lane(Work::Push).await?;
    }
    tally += images?;
    tally += pushes?;
    Ok(tally)
}

async fn lane(app: &App, provider: &Provider, work: Work, run: Run) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    while !run.is_over() {
        // While the provider is away, rows that owe a push are left where they are.
        if work == Work::Push && provider.is_left_alone() {
            break;
        }
        let batch = outbox::take(&app.db, work, BATCH, LEASE).await?;
        if batch.is_empty() {
            break;
        }
        fail_point::reach("redeliver/taken");
        let names = names(app, &batch).await;
        let fates = join_all(batch.into_iter().map(|taken| attempt(app, provider, taken, &names)));
        fates.await.into_iter().for_each(|fate| tally.count(fate));
    }
    Ok(tally)
}

/// The names that the frames of these rows show.
async fn names(app: &App, batch: &[Result<Taken, Bad>]) -> Names {
    let shows_names =
        |taken: &&Taken| matches!(taken.row.lease.change, Change::Created | Change::Updated);
    let sessions = batch.iter().flatten().filter(shows_names).map(|taken| &taken.session);
    let people: Vec<_> =
        sessions.map(|session| (session.customer_id, session.dentist_id)).collect();
    app.directory.names(&people).await
}
