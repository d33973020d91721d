//! Request bodies, up to a limit.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Buf, Bytes};
use http_body_util::{BodyExt, Limited};

/// How much of a body that is too large is read all the same, and for how long.
const DISCARD_LIMIT: u64 = 64 * 1024 * 1024;
const DISCARD_TIME: Duration = Duration::from_secs(5);

/// A whole body; `None` when it is larger than `limit`, or the client does not send all of it.
///
/// What is too large is read and thrown away before that is told. Clients that write everything before
/// they read would otherwise see a connection that is reset, and not the answer.
pub(crate) async fn read(mut body: Body, limit: usize) -> Option<Bytes> {
    // What `Content-Length` says, else zero.
    let announced = body.size_hint().lower();
    if u64::try_from(limit).is_ok_and(|limit| announced <= limit)
        && let Ok(whole) = Limited::new(&mut body, limit).collect().await
    {
        return Some(whole.to_bytes());
    }
    // Of a body that will not be read to its end, nothing needs to be.
    if announced <= DISCARD_LIMIT {
        let _ = tokio::time::timeout(DISCARD_TIME, discard(body)).await;
    }
    None
}

async fn discard(mut body: Body) {
    let mut left = DISCARD_LIMIT;
    while let Some(Ok(frame)) = body.frame().await {
        let size = frame.data_ref().map_or(0, Buf::remaining);
        left = left.saturating_sub(size as u64);
        if left == 0 {
            return;
        }
    }
}
