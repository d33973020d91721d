//! Reading a request's fields: each checked once, all problems reported together, nothing left over.

use serde::Serialize;
use serde_json::{Map, Value};

/// What is wrong with one field, in words for the client's developer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name; `body` when the body as a whole is wrong.
    pub field: String,
    /// What it must be. Never quotes the value.
    pub reason: String,
}

/// How many unknown fields are listed: an answer should not be larger than its request.
const MOST_UNKNOWN: usize = 20;

/// A type that a request's field can hold.
pub trait Field: Sized {
    /// Reads it from JSON.
    ///
    /// # Errors
    /// What the field must be.
    fn from_json(value: &Value) -> Result<Self, String>;
}

/// The fields of one request. Whatever is not asked for is an unknown field.
pub struct Fields {
    path: Map<String, Value>,
    query: Map<String, Value>,
    body: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// The fields in a request's path, query string and JSON body.
    #[must_use]
    pub fn new(
        path: Map<String, Value>,
        query: Map<String, Value>,
        body: Map<String, Value>,
    ) -> Self {
        Self { path, query, body, errors: Vec::new() }
    }

    /// A field of the path.
    pub fn path<T: Field>(&mut self, name: &str) -> Option<T> {
        let value = self.path.remove(name).map(number_if_one);
        self.required(name, value.as_ref())
    }

    /// A field of the query string, if it is there.
    pub fn query<T: Field>(&mut self, name: &str) -> Option<T> {
        let value = self.query.remove(name).map(number_if_one)?;
        self.required(name, Some(&value))
    }

    /// A field that the body must have.
    pub fn body<T: Field>(&mut self, name: &str) -> Option<T> {
        let value = self.body.remove(name);
        self.required(name, value.as_ref())
    }

    /// A field that the body may leave out.
    pub fn body_or<T: Field>(&mut self, name: &str, default: T) -> Option<T> {
        match self.body.remove(name) {
            None => Some(default),
            Some(value) => self.required(name, Some(&value)),
        }
    }

    /// Notes something wrong with a field that no single type could see.
    pub fn refuse(&mut self, field: &str, reason: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), reason: reason.into() });
    }

    /// What was wrong, in the end: unknown fields included.
    #[must_use]
    pub fn finish(mut self) -> Vec<FieldError> {
        let unknown = self.body.keys().chain(self.query.keys()).take(MOST_UNKNOWN).cloned();
        let unknown: Vec<String> = unknown.collect();
        for name in unknown {
            // A name as long as a letter is no help to anyone.
            let shown: String = name.chars().take(64).collect();
            self.refuse(&shown, "is not a field of this request");
        }
        self.errors
    }

    fn required<T: Field>(&mut self, name: &str, value: Option<&Value>) -> Option<T> {
        let read = value.map_or_else(|| Err("is required".to_owned()), T::from_json);
        read.map_err(|reason| self.refuse(name, reason)).ok()
    }
}

/// Paths and query strings have only text; numbers in it become JSON's.
fn number_if_one(value: Value) -> Value {
    let number = value.as_str().filter(|text| is_plain_integer(text)).and_then(|t| t.parse().ok());
    number.map_or(value, |number: i64| Value::from(number))
}

/// `+5` and `007` are not how JSON writes numbers, so they are not accepted here either.
fn is_plain_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'))
}

/// A field that may be left out; null is not left out.
impl<T: Field> Field for Option<T> {
    fn from_json(value: &Value) -> Result<Self, String> {
        T::from_json(value).map(Some)
    }
}

/// A whole number within bounds, both included.
pub struct Bounded<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Field for Bounded<MIN, MAX> {
    fn from_json(value: &Value) -> Result<Self, String> {
        match value.as_i64() {
            Some(number) if (MIN..=MAX).contains(&number) => Ok(Self(number)),
            _ if MAX == i64::MAX => Err(format!("must be a whole number, {MIN} or more")),
            _ => Err(format!("must be a whole number from {MIN} to {MAX}")),
        }
    }
}

/// An id that a client sends: 1 or more.
pub struct Id(pub i64);

impl Field for Id {
    fn from_json(value: &Value) -> Result<Self, String> {
        Bounded::<1, { i64::MAX }>::from_json(value).map(|Bounded(id)| Self(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(path: &Value, query: &Value, body: &Value) -> Fields {
        let object = |value: &Value| value.as_object().unwrap().clone();
        Fields::new(object(path), object(query), object(body))
    }

    #[test]
    fn every_problem_is_reported() {
        let mut fields = fields(
            &json!({"session_id": "x"}),
            &json!({"limit": "0"}),
            &json!({"up_to_seq": "3", "seq": 1}),
        );
        fields.path::<Id>("session_id");
        fields.query::<Bounded<1, 100>>("limit");
        fields.body::<Bounded<0, 9>>("up_to_seq");
        fields.body::<Id>("dentist_id");
        let named: Vec<_> = fields.finish().into_iter().map(|error| error.field).collect();
        assert_eq!(named, ["session_id", "limit", "up_to_seq", "dentist_id", "seq"]);
    }

    #[test]
    fn numbers_hold_at_their_limits() {
        for (text, valid) in [
            ("1", true),
            ("9223372036854775807", true),
            ("9223372036854775808", false),
            ("0", false),
            ("-1", false),
            ("+1", false),
            ("01", false),
            ("1.0", false),
            ("1e3", false),
            ("", false),
            (" 1", false),
        ] {
            let mut fields = fields(&json!({"id": text}), &json!({}), &json!({}));
            assert_eq!(fields.path::<Id>("id").is_some(), valid, "{text:?}");
        }
    }

    #[test]
    fn json_floats_and_strings_are_not_numbers() {
        for value in [json!(1.0), json!("1"), json!(true), json!(null), json!([1])] {
            assert!(Id::from_json(&value).is_err(), "{value}");
        }
    }
}
