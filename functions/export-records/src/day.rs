//! Times as people read them.

use time::{Date, PrimitiveDateTime, macros::format_description};

/// `Thursday, 12 March 2026`, and `19:03`. What is no time is shown as it is.
pub(crate) fn split(time: &str) -> (String, String) {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond]Z");
    match PrimitiveDateTime::parse(time, format) {
        Ok(time) => (day(time.date()), format!("{:02}:{:02}", time.hour(), time.minute())),
        Err(_) => (time.to_owned(), String::new()),
    }
}

/// `12 March 2026, 19:03`.
pub(crate) fn whole(time: &str) -> String {
    let (day, clock) = split(time);
    let day = day.split_once(", ").map_or(day.as_str(), |(_, day)| day);
    if clock.is_empty() { day.to_owned() } else { format!("{day}, {clock}") }
}

fn day(date: Date) -> String {
    format!("{}, {} {} {}", date.weekday(), date.day(), date.month(), date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_as_people_read_it() {
        let time = "2026-03-12T19:03:58.390000Z";
        assert_eq!(split(time), ("Thursday, 12 March 2026".to_owned(), "19:03".to_owned()));
        assert_eq!(whole(time), "12 March 2026, 19:03");
        assert_eq!(whole("infinity"), "infinity");
    }
}
