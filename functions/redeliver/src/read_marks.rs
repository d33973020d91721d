//! Marks that went over very many messages: their columns follow, step by step.

use crate::run::Run;
use chat::{app::App, error::Error, store::read_marks};

/// Messages looked at by one statement: a small part of its time limit.
const STEP: i64 = 2_000;

/// Takes steps until no mark is left, or the time is over.
pub(crate) async fn catch_up(app: &App, run: Run) -> Result<(), Error> {
    while !run.is_over() && read_marks::catch_up(&app.db, STEP).await? {}
    Ok(())
}
