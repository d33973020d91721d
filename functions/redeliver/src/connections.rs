//! Closing connections whose token has expired or was revoked, or whose two hours are over.

use crate::run::Run;
use chat::{app::App, error::Error, gateway::Fate, metrics::Metric, store::connections};
use futures_util::future::join_all;

/// Connections looked at by one statement.
const BATCH: i64 = 200;

/// Closes them and forgets those that are closed or gone; tells how many. Nothing was sent to them
/// since they expired, so one that cannot be closed now is only closed later.
pub(crate) async fn close_expired(app: &App, run: Run) -> Result<usize, Error> {
    let mut closed = 0;
    loop {
        let expired = connections::expired(&app.db, BATCH).await?;
        let fates = join_all(expired.iter().map(|connection| app.gateway.close(connection))).await;
        let is_over = |fate: &Fate| *fate != Fate::Dropped;
        let over: Vec<String> = expired
            .iter()
            .zip(&fates)
            .filter(|(_, fate)| is_over(fate))
            .map(|(connection, _)| connection.clone())
            .collect();
        connections::forget(&app.db, &over).await?;
        closed += over.len();
        let is_last = expired.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        if is_last || over.is_empty() || run.is_over() {
            app.metrics.count(Metric::ConnectionsClosed, closed);
            return Ok(closed);
        }
    }
}
