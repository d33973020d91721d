//! One client of the WebSocket API.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::bill::Meter;
use crate::gateway_time::epoch_ms;

/// How many frames may wait for a client that reads slowly.
const OUTGOING_LIMIT: usize = 128;

/// One client, from the start of its handshake.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) id: String,
    pub(super) connected_at: OffsetDateTime,
    pub(super) source: IpAddr,
    pub(super) user_agent: Option<String>,
    /// The host name that the client asked for.
    pub(super) domain: String,
    /// Told when someone wants the connection closed.
    pub(super) closing: Notify,
    last_active_ms: AtomicI64,
    outgoing: mpsc::Sender<Utf8Bytes>,
    meter: Meter,
}

/// Why a frame was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SendError {
    /// The connection is no more.
    Gone,
    /// The client has not read what was sent before.
    Full,
}

impl Connection {
    /// A connection that nobody can post to yet, and where the frames for it come out.
    pub(super) fn new(
        id: String,
        source: IpAddr,
        user_agent: Option<String>,
        domain: String,
        meter: Meter,
    ) -> (Self, mpsc::Receiver<Utf8Bytes>) {
        let (outgoing, frames) = mpsc::channel(OUTGOING_LIMIT);
        let connected_at = OffsetDateTime::now_utc();
        let last_active_ms = AtomicI64::new(epoch_ms(connected_at));
        let closing = Notify::new();
        (
            Self {
                id,
                connected_at,
                source,
                user_agent,
                domain,
                closing,
                last_active_ms,
                outgoing,
                meter,
            },
            frames,
        )
    }

    /// Queues a frame on the connection's socket.
    pub(super) fn send(&self, frame: Utf8Bytes) -> Result<(), SendError> {
        let bytes = frame.len();
        self.outgoing.try_send(frame).map_err(|error| match error {
            mpsc::error::TrySendError::Closed(_) => SendError::Gone,
            mpsc::error::TrySendError::Full(_) => SendError::Full,
        })?;
        self.meter.message_out(bytes);
        Ok(())
    }

    /// Notes that the client has sent a message of so many bytes.
    pub(super) fn received(&self, bytes: usize) {
        self.active();
        self.meter.message_in(bytes);
    }

    /// Notes that a message went one way or the other.
    pub(super) fn active(&self) {
        self.last_active_ms.store(epoch_ms(OffsetDateTime::now_utc()), Ordering::Relaxed);
    }

    /// When a message last went one way or the other.
    pub(super) fn last_active_at(&self) -> OffsetDateTime {
        let milliseconds = self.last_active_ms.load(Ordering::Relaxed);
        let nanoseconds = i128::from(milliseconds) * 1_000_000;
        OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(self.connected_at)
    }
}
