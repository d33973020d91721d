//! What the two gateways have in common: ids, times, and the names they give this machine.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use percent_encoding::percent_decode_str;
use rand::Rng;
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

/// The gateways' integration limit for HTTP.
pub(crate) const HTTP_INTEGRATION_LIMIT: Duration = Duration::from_secs(30);
/// The gateways' integration limit for WebSockets.
pub(crate) const WS_INTEGRATION_LIMIT: Duration = Duration::from_secs(29);
/// The id both APIs have here.
pub(crate) const API_ID: &str = "local";

const LOG_TIME: &[FormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// An id as API Gateway makes them for requests and connections: 16 characters, the last one `=`.
pub(crate) fn new_id() -> String {
    let mut bytes = [0_u8; 11];
    rand::rng().fill(&mut bytes);
    URL_SAFE.encode(bytes)
}

/// Milliseconds since 1970.
pub(crate) fn epoch_ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// A time as in a web server's log: `12/Mar/2026:19:03:58 +0000`.
pub(crate) fn log_time(at: OffsetDateTime) -> String {
    at.format(LOG_TIME).unwrap_or_default()
}

/// Percent-decodes; `None` where the result is not UTF-8.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}
