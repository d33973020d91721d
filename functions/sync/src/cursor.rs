//! The cursor of a catch-up, opaque to clients. It grants nothing: the statement it goes into finds only
//! the caller's sessions.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chat::{
    caller::Caller,
    error::Error,
    fields::Field,
    identity::Role,
    store::{
        sessions::Position,
        sync::{Cursor, Next, Stage},
    },
};
use serde_json::Value;
use time::OffsetDateTime;

/// A cursor as a client hands it back: someone's.
#[derive(Debug)]
pub(crate) struct Since {
    role: Role,
    caller_id: i64,
    cursor: Cursor,
}

impl Since {
    /// The cursor, if it is this caller's.
    pub(crate) fn cursor_of(self, caller: Caller) -> Result<Cursor, Error> {
        let is_theirs = (self.role, self.caller_id) == (caller.role(), caller.id());
        if is_theirs { Ok(self.cursor) } else { Err(Error::invalid("since", NOT_A_CURSOR)) }
    }
}

const NOT_A_CURSOR: &str = "must be the next of an earlier answer to the same person";

/// The cursor as this caller gets it.
pub(crate) fn encode(caller: Caller, cursor: Cursor) -> String {
    write(caller.role(), caller.id(), cursor)
}

fn write(role: Role, caller_id: i64, Cursor { history, stage }: Cursor) -> String {
    let Stage { since, began, next } = stage;
    let began = began.map(|began| began.to_string()).unwrap_or_default();
    let next = match next {
        Next::Inbox(None) => "inbox".to_owned(),
        Next::Inbox(Some(Position { updated_at, id })) => {
            // PostgreSQL keeps microseconds, and so does the cursor.
            format!("inbox.{}.{id}", updated_at.unix_timestamp_nanos() / 1_000)
        }
        Next::Changes(transaction, id) => format!("changes.{transaction}.{id}"),
    };
    let role = role.as_str();
    BASE64.encode(format!("{role}.{caller_id}.{history:x}.{since}.{began}.{next}"))
}

fn read(text: &str) -> Option<Since> {
    let decoded = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
    let parts: Vec<&str> = decoded.split('.').collect();
    let [role, caller_id, history, since, began, next @ ..] = parts.as_slice() else { return None };
    let history = u64::from_str_radix(history, 16).ok()?.cast_signed();
    let began = if began.is_empty() { None } else { Some(began.parse().ok()?) };
    let stage = Stage { since: since.parse().ok()?, began, next: read_next(next)? };
    let (role, caller_id) = (Role::parse(role)?, caller_id.parse().ok()?);
    let cursor = Cursor { history, stage };
    // One cursor, one text: what we would not have written is not a cursor.
    (write(role, caller_id, cursor) == text).then_some(Since { role, caller_id, cursor })
}

fn read_next(parts: &[&str]) -> Option<Next> {
    match parts {
        ["inbox"] => Some(Next::Inbox(None)),
        ["inbox", updated_at, id] => {
            let microseconds: i64 = updated_at.parse().ok().filter(|time| *time >= 0)?;
            let nanoseconds = i128::from(microseconds) * 1_000;
            let updated_at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()?;
            let id: i64 = id.parse().ok()?;
            Some(Next::Inbox(Some(Position { updated_at, id: id.into() })))
        }
        ["changes", transaction, id] => {
            Some(Next::Changes(transaction.parse().ok()?, id.parse().ok()?))
        }
        _ => None,
    }
}

impl Field for Since {
    fn from_json(value: &Value) -> Result<Self, String> {
        value.as_str().and_then(read).ok_or_else(|| NOT_A_CURSOR.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cursors_come_back_as_they_were() {
        let updated_at = OffsetDateTime::from_unix_timestamp_nanos(1_773_342_238_390_123_000);
        let position = Position { updated_at: updated_at.unwrap(), id: 42.into() };
        for (began, next) in [
            (None, Next::Inbox(None)),
            (Some(9), Next::Inbox(Some(position))),
            (None, Next::Changes(7, 0)),
            (Some(u64::MAX), Next::Changes(u64::MAX, i64::MAX)),
        ] {
            let cursor = Cursor { history: -3, stage: Stage { since: 7, began, next } };
            let text = write(Role::Dentist, 5, cursor);
            let since = Since::from_json(&json!(text)).unwrap();
            assert_eq!((since.role, since.caller_id, since.cursor), (Role::Dentist, 5, cursor));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let stage = Stage { since: 7, began: None, next: Next::Changes(7, 0) };
        let good = write(Role::Customer, 5, Cursor { history: 3, stage });
        let padded = format!("{good}=");
        let twice = format!("{good},{good}");
        for wrong in ["", "x", "0", &good[1..], &good[..good.len() - 1], &padded, &twice] {
            assert!(Since::from_json(&json!(wrong)).is_err(), "{wrong}");
        }
        for wrong in [
            "customer.5.3.7..changes.7",
            "customer.5.3.7..changes.07.0",
            "customer.5.3.7..inbox.-1.2",
            "customer.5.3.-7..changes.7.0",
            "nobody.5.3.7..changes.7.0",
            "customer.5.3.7..changes.7.0.1",
        ] {
            assert!(Since::from_json(&json!(BASE64.encode(wrong))).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fuzz_cursors() {
        let texts = [
            "customer.7.1f.900..inbox",
            "dentist.8.ffffffffffffffff.900.950.inbox.1773342238390123.42",
            "customer.7.1f.900.950.changes.960.5",
        ];
        let corpus = chat_fuzz::Corpus::new(
            texts,
            [".", "-", "+", "inbox", "changes", "0", "99999999999999999999"],
        );
        let cursor =
            |bytes: &[u8]| read(&BASE64.encode(bytes)).or(read(&String::from_utf8_lossy(bytes)));
        corpus.hunt(|bytes| {
            cursor(bytes);
        });
        // A bug that only a dentist's changes come to: of two of the texts a half each.
        assert!(corpus.finds(|bytes| {
            cursor(bytes).is_some_and(|since| {
                since.role == Role::Dentist && matches!(since.cursor.stage.next, Next::Changes(..))
            })
        }));
    }
}
