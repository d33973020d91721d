//! Times as they are answered with: RFC 3339 in UTC with six digits of a second's fraction, always, so
//! that texts of times sort as times do. PostgreSQL keeps microseconds, so nothing is lost.

use serde::{Serializer, ser::Error as _};
use time::{
    OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem, macros::format_description,
};

const FORMAT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// The text of a time.
///
/// # Errors
/// The formatter's, for years that have more than four digits.
pub fn text(time: OffsetDateTime) -> Result<String, time::error::Format> {
    time.to_offset(UtcOffset::UTC).format(FORMAT)
}

/// For `#[serde(serialize_with = "timestamp::serialize")]`.
///
/// # Errors
/// As [`text`].
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
pub fn serialize<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*time).map_err(S::Error::custom)?)
}

/// The same for a time that may be missing.
///
/// # Errors
/// As [`text`].
#[allow(clippy::ref_option, reason = "serde hands over references")]
pub fn option<S: Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serialize(time, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_time_has_six_digits_and_is_in_utc() {
        for (time, shown) in [
            (datetime!(2026-03-12 19:03:58 UTC), "2026-03-12T19:03:58.000000Z"),
            (datetime!(2026-03-12 19:03:58.39 UTC), "2026-03-12T19:03:58.390000Z"),
            (datetime!(2026-03-12 19:03:58.123456789 +1), "2026-03-12T18:03:58.123456Z"),
        ] {
            assert_eq!(text(time).unwrap(), shown);
        }
    }
}
