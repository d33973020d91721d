//! Sending one text to many connections, and forgetting those that are gone.

use crate::{app::App, gateway::Fate, log, metrics::Metric, store::connections};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::sleep;

/// A connection that was noted less than this ago may be still opening.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(5);
/// One that the gateway calls gone twice, and that was noted longer ago than this, is gone.
const USUAL_HANDSHAKE: Duration = Duration::from_secs(1);
/// How long to wait before such a connection is tried again.
const HANDSHAKE_PAUSE: Duration = Duration::from_millis(750);

/// What became of a text for many connections.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Whether any took it.
    pub taken: bool,
    /// Whether the gateway did not take it for any that may still be there.
    pub dropped: bool,
}

/// Sends one text to many connections at once, and forgets those that are gone.
pub async fn send(app: &App, text: &str, connections: &[String]) -> Sent {
    let posts = connections.iter().map(|connection| app.gateway.post(connection, text));
    let fates = join_all(posts).await;
    let count = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count();
    // What did not happen needs no place in a line that is paid for by its length.
    for (metric, frames) in [
        (Metric::FramesSent, count(Fate::Taken)),
        (Metric::FramesGone, count(Fate::Gone)),
        (Metric::FramesDropped, count(Fate::Dropped)),
    ] {
        if frames > 0 {
            app.metrics.count(metric, frames);
        }
    }
    let gone: Vec<String> = connections
        .iter()
        .zip(&fates)
        .filter(|(_, fate)| **fate == Fate::Gone)
        .map(|(connection, _)| connection.clone())
        .collect();
    let sent =
        Sent { taken: fates.contains(&Fate::Taken), dropped: fates.contains(&Fate::Dropped) };
    if gone.is_empty() {
        return sent;
    }
    let late = send_again(app, text, &gone).await;
    Sent { taken: sent.taken || late.taken, dropped: sent.dropped || late.dropped }
}

/// Forgets the connections that are gone for good; those that may be just opening get the text a
/// moment later.
async fn send_again(app: &App, text: &str, gone: &[String]) -> Sent {
    let opening = match connections::forget_gone(&app.db, gone, LONGEST_HANDSHAKE).await {
        Ok(opening) => opening,
        Err(error) => {
            log::warn!(code = error.code(), "gone connections are not forgotten yet");
            Vec::new()
        }
    };
    if opening.is_empty() {
        return Sent { taken: false, dropped: false };
    }
    sleep(HANDSHAKE_PAUSE).await;
    let posts = opening.iter().map(|connection| app.gateway.post(connection, text));
    let fates = join_all(posts).await;
    let sent =
        Sent { taken: fates.contains(&Fate::Taken), dropped: fates.contains(&Fate::Dropped) };
    let still_gone = opening.into_iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Gone);
    let still_gone: Vec<String> = still_gone.map(|(connection, _)| connection).collect();
    if !still_gone.is_empty() {
        // If this fails, the next frame finds them.
        connections::forget_gone(&app.db, &still_gone, USUAL_HANDSHAKE).await.ok();
    }
    sent
}
