//! Times as API Gateway writes them.

use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

const LOG_TIME: &[FormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// Milliseconds since 1970.
pub(crate) fn epoch_ms(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// A time as in a web server's log: `12/Mar/2026:19:03:58 +0000`.
pub(crate) fn log_time(at: OffsetDateTime) -> String {
    at.format(LOG_TIME).unwrap_or_default()
}
