//! What a duty is asked.

use crate::{
    error::Error,
    fields::{Field, Fields, Id},
    identity::Role,
    store::Subject,
};
use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The fields of an event.
pub struct Asked(Fields);

/// A text that says something, of a bounded length.
struct Text(String);

impl Field for Text {
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = value.as_str().map(str::trim).unwrap_or_default();
        let fits = (1..=500).contains(&text.len()) && !text.contains(char::is_control);
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be a text of 1 to 500 bytes".to_owned())
        }
    }
}

struct Flag(bool);

impl Field for Flag {
    fn from_json(value: &Value) -> Result<Self, String> {
        value.as_bool().map(Self).ok_or_else(|| "must be true or false".to_owned())
    }
}

struct Time(OffsetDateTime);

impl Field for Time {
    fn from_json(value: &Value) -> Result<Self, String> {
        let time = value.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        time.map(Self).ok_or_else(|| "must be a time, RFC 3339".to_owned())
    }
}

struct Place((i64, i64));

impl Field for Place {
    fn from_json(value: &Value) -> Result<Self, String> {
        let part = |name| value.get(name).and_then(Value::as_i64).filter(|number| *number >= 0);
        let place = part("session_id").zip(part("seq"));
        place.map(Self).ok_or_else(|| "must be a place that an answer named".to_owned())
    }
}

impl Asked {
    /// What an event asks. An invocation without one asks nothing in particular.
    #[must_use]
    pub fn of(event: Value) -> Self {
        let of = |body| Fields::new(Map::new(), Map::new(), body);
        match event {
            Value::Object(body) => Self(of(body)),
            Value::Null => Self(of(Map::new())),
            _ => {
                let mut fields = of(Map::new());
                fields.refuse("body", "must be a JSON object");
                Self(fields)
            }
        }
    }

    /// `customer_id` or `session_id`: one of them.
    pub fn subject(&mut self) -> Option<Subject> {
        match self.one_of("customer_id", "session_id")? {
            (true, customer) => Some(Subject::Customer(customer.into())),
            (false, session) => Some(Subject::Session(session.into())),
        }
    }

    /// `customer_id` or `dentist_id`: one of them.
    pub fn person(&mut self) -> Option<(Role, i64)> {
        let (is_customer, id) = self.one_of("customer_id", "dentist_id")?;
        Some((if is_customer { Role::Customer } else { Role::Dentist }, id))
    }

    /// The one of two ids that is there, and whether it is the first.
    fn one_of(&mut self, first: &'static str, second: &'static str) -> Option<(bool, i64)> {
        match (self.0.body_or(first, Id(0))?.0, self.0.body_or(second, Id(0))?.0) {
            (id @ 1.., 0) => Some((true, id)),
            (0, id @ 1..) => Some((false, id)),
            _ => {
                self.0.refuse(first, format!("either this or {second} is required"));
                None
            }
        }
    }

    /// `customer_id`.
    pub fn customer(&mut self) -> Option<crate::id::CustomerId> {
        self.0.body::<Id>("customer_id").map(|Id(id)| id.into())
    }

    /// A text of that name, of 1 to 500 bytes.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.0.body::<Text>(name).map(|Text(text)| text)
    }

    /// A time of that name; this one if there is none.
    pub fn time_or(&mut self, name: &str, default: OffsetDateTime) -> Option<OffsetDateTime> {
        self.0.body_or(name, Time(default)).map(|Time(time)| time)
    }

    /// A place in a list: `{"session_id", "seq"}`; the beginning if there is none.
    pub fn position(&mut self, name: &str) -> Option<(i64, i64)> {
        self.0.body_or(name, Place((0, 0))).map(|Place(place)| place)
    }

    /// `dry_run`: whether to say only what would happen.
    pub fn dry_run(&mut self) -> Option<bool> {
        self.0.body_or("dry_run", Flag(false)).map(|Flag(flag)| flag)
    }

    /// What was asked, if all of it is there and nothing else.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all that is wrong.
    pub fn finish<T>(self, asked: Option<T>) -> Result<T, Error> {
        let errors = self.0.finish();
        match asked {
            Some(asked) if errors.is_empty() => Ok(asked),
            _ => Err(Error::InvalidRequest(errors)),
        }
    }
}

/// What placing a hold and lifting one are asked alike.
pub struct HoldRequest {
    /// Whose records, or which session's.
    pub subject: Subject,
    /// Why.
    pub reason: String,
    /// Under which the hold stands.
    pub reference: String,
    /// Whether to say only what would happen.
    pub dry_run: bool,
}

impl HoldRequest {
    /// The request in an event.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with all that is wrong.
    pub fn read(event: Value) -> Result<Self, Error> {
        let mut asked = Asked::of(event);
        let (subject, dry_run) = (asked.subject(), asked.dry_run());
        let (reason, reference) = (asked.text("reason"), asked.text("reference"));
        let request = (|| {
            Some(Self {
                subject: subject?,
                reason: reason?,
                reference: reference?,
                dry_run: dry_run?,
            })
        })();
        asked.finish(request)
    }
}
