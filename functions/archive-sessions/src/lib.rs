//! On a schedule: sessions in which nothing has happened for `AUTO_ARCHIVE_DAYS` are archived, except
//! those in which a customer waits for an answer.

use chat::{
    app::App,
    clock,
    delivery::{Frames, IfDropped},
    error::Error,
    log,
    metrics::Metric,
    session::{Names, Session},
    store::{
        Statement, connections,
        outbox::{self, FrameRow},
        sessions,
    },
};
use futures_util::future::join_all;
use serde::Serialize;
use std::time::Duration;

/// The statements that this function runs.
pub static STATEMENTS: &[&Statement] =
    &[&sessions::ARCHIVE_IDLE, &outbox::SETTLE, &connections::FORGET_GONE];

/// Sessions looked at by one statement.
const STEP: i64 = 200;
/// When to leave the rest to the next run; well inside the function's timeout.
const LONGEST_RUN: Duration = Duration::from_secs(40);

/// What one run did.
#[derive(Debug, Serialize)]
pub struct Report {
    /// How many sessions it archived.
    pub archived: usize,
}

/// Archives in steps, and sends the frames of each.
///
/// # Errors
/// [`Error::Unavailable`]; what was archived before stays so.
pub async fn run(app: &App) -> Result<Report, Error> {
    let mut report = Report { archived: 0 };
    let Some(days) = app.config.auto_archive_days else { return Ok(report) };
    let began = clock::instant();
    let mut position = None;
    loop {
        let step = sessions::archive_idle(&app.db, days, STEP, position).await?;
        report.archived += step.archived.len();
        send_frames(app, step.archived).await;
        position = step.next;
        if position.is_none() || began.elapsed() > LONGEST_RUN {
            app.metrics.count(Metric::SessionsArchived, report.archived);
            return Ok(report);
        }
    }
}

async fn send_frames(app: &App, archived: Vec<(Session, FrameRow)>) {
    let people: Vec<_> =
        archived.iter().map(|(session, _)| (session.customer_id, session.dentist_id)).collect();
    let names = app.directory.names(&people).await;
    let sent = archived.into_iter().map(async |(session, row)| {
        if let Err(error) = send_frames_of(app, session, row, &names).await {
            log::warn!(code = error.code(), "frames are left to redeliver");
        }
    });
    join_all(sent).await;
}

async fn send_frames_of(
    app: &App,
    session: Session,
    row: FrameRow,
    names: &Names,
) -> Result<(), Error> {
    let session = app.bucket.show_session(session).await?;
    let frames = Frames::of_session(row, &session, names)?;
    frames.attempt(app, IfDropped::Again).await.map(|_| ())
}
