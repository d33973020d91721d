//! Times as they are answered with: RFC 3339 in UTC with six digits of a second's fraction, always, so
//! that texts of times sort as times do. PostgreSQL keeps microseconds, so nothing is lost.

use serde::{Serializer, ser::Error as _};
use std::fmt;
use time::{OffsetDateTime, UtcOffset};

/// A time of a year that has not four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time of a year that has not four digits")
    }
}

/// The text of a time. (Digit by digit: a formatter takes ten times as long, and each request writes
/// several.)
///
/// # Errors
/// [`OutOfRange`].
pub fn text(time: OffsetDateTime) -> Result<String, OutOfRange> {
    let time = time.checked_to_offset(UtcOffset::UTC).ok_or(OutOfRange)?;
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second, micro) = time.to_hms_micro();
    let year = u32::try_from(year).map_err(|_| OutOfRange)?;
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    write(&mut text[..4], year);
    write(&mut text[5..7], u8::from(month).into());
    write(&mut text[8..10], day.into());
    write(&mut text[11..13], hour.into());
    write(&mut text[14..16], minute.into());
    write(&mut text[17..19], second.into());
    write(&mut text[20..26], micro);
    String::from_utf8(text.to_vec()).map_err(|_| OutOfRange)
}

/// A number in as many digits as there is room for.
fn write(room: &mut [u8], mut number: u32) {
    for digit in room.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
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

    #[test]
    fn a_year_has_four_digits() {
        for (time, shown) in [
            (datetime!(0000-01-01 00:00 UTC), Ok("0000-01-01T00:00:00.000000Z".to_owned())),
            (
                datetime!(9999-12-31 23:59:59.999999 UTC),
                Ok("9999-12-31T23:59:59.999999Z".to_owned()),
            ),
            (datetime!(9999-12-31 23:59:59 -1), Err(OutOfRange)),
            (datetime!(-0001-12-31 23:59:59 UTC), Err(OutOfRange)),
        ] {
            assert_eq!(text(time), shown);
        }
    }
}
