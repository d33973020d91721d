//! On a schedule: sessions in which nothing has happened for `AUTO_ARCHIVE_DAYS` are archived.

use chat::{
    app::App,
    delivery::{Delivery, news::News},
    directory::Names,
    error::Error,
    store::sessions,
};
use futures_util::future::join_all;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Sessions archived by one statement.
const BATCH: i64 = 200;
/// When to leave the rest to the next run; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_secs(40);

/// What one run did.
#[derive(Debug, Serialize)]
pub struct Report {
    /// How many sessions it archived.
    pub archived: usize,
}

/// Archives in batches, and tells whoever is online after each.
///
/// # Errors
/// [`Error::Unavailable`]; what was archived before stays so.
pub async fn run(app: &App) -> Result<Report, Error> {
    let mut report = Report { archived: 0 };
    let Some(days) = app.config.auto_archive_days else { return Ok(report) };
    let began = Instant::now();
    loop {
        let batch = sessions::archive_idle(&app.db, days, BATCH).await?;
        let is_last = batch.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        report.archived += batch.len();
        tell(app, batch).await;
        if is_last || began.elapsed() > LONGEST_RUN {
            app.metrics.count("SessionsArchived", report.archived);
            return Ok(report);
        }
    }
}

async fn tell(app: &App, batch: Vec<sessions::Archived>) {
    let people: Vec<_> = batch
        .iter()
        .map(|archived| (archived.session.customer_id, archived.session.dentist_id))
        .collect();
    let names = app.directory.names(&people).await;
    join_all(batch.into_iter().map(|archived| tell_one(app, archived, &names))).await;
}

/// What cannot be told now is redelivery's.
async fn tell_one(app: &App, archived: sessions::Archived, names: &Names) {
    let sessions::Archived { mut session, change } = archived;
    if let Some(message) = &mut session.last_message
        && app.images.sign(message).await.is_err()
    {
        return;
    }
    if let Some(change) = change {
        Delivery::from(News::of_session(change, &session, names)).carry_out(app).await;
    }
}
