//! The HTTP operations: which there are, and what they may answer.

use crate::{Contract, Place};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const PROBLEM: &str = "application/problem+json";

/// An answer as a client gets it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body; empty when there is none.
    pub text: String,
}

/// What became of a request, as far as the contract tells outcomes apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// Method and route, like `GET /sessions/{session_id}`.
    pub operation: String,
    /// The HTTP status.
    pub status: u16,
    /// A problem document's code, `gateway` for what the gateway says by itself, `done` otherwise.
    pub code: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.operation, self.status, self.code)
    }
}

impl Contract {
    /// The operations, by method and route.
    #[must_use]
    pub fn operations(&self) -> BTreeMap<String, Place<'_>> {
        let paths = self.openapi().get("paths");
        let routes = paths.iter().flat_map(Place::members);
        let operations = routes.flat_map(|(path, route)| {
            METHODS.into_iter().filter_map(move |method| {
                Some((format!("{} {path}", method.to_uppercase()), route.get(method)?))
            })
        });
        operations.collect()
    }

    /// The operation of a request, by method and actual path.
    #[must_use]
    pub fn operation_of(&self, method: &str, path: &str) -> Option<String> {
        let path = path.split('?').next().unwrap_or_default();
        let fits = |operation: &String| {
            operation.split_once(' ').is_some_and(|(its_method, route)| {
                let (route, path) = (route.split('/'), path.split('/'));
                its_method == method
                    && route.clone().count() == path.clone().count()
                    && route.zip(path).all(|(its, given)| its.starts_with('{') || its == given)
            })
        };
        self.operations().into_keys().find(fits)
    }

    /// Every outcome that the document has for some operation.
    #[must_use]
    pub fn outcomes(&self) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for (operation, place) in self.operations() {
            for (status, response) in place.get("responses").iter().flat_map(Place::members) {
                let status = status.parse().unwrap_or_default();
                outcomes.extend(codes(status, &response).into_iter().map(|code| Outcome {
                    operation: operation.clone(),
                    status,
                    code,
                }));
            }
        }
        outcomes
    }

    /// Whether this operation may answer so; tells what came of the request.
    ///
    /// # Errors
    /// What the document does not allow.
    pub fn check_answer(&self, operation: &str, answer: &Answer) -> Result<Outcome, String> {
        let Answer { status, headers, text } = answer;
        let response = self
            .operations()
            .get(operation)
            .and_then(|place| place.path(&["responses", &status.to_string()]))
            .ok_or_else(|| format!("{operation} has no {status}: {text}"))?;
        let body = self.check_body(&response, headers.get("content-type"), text);
        let body = body.map_err(|error| format!("{operation} {status}: {error}: {text}"))?;
        self.check_headers(&response, headers)
            .map_err(|error| format!("{operation} {status}: {error}"))?;
        let code = match &body["code"] {
            Value::String(code) => code.as_str(),
            _ if *status >= 400 => "gateway",
            _ => "done",
        };
        // "Retry-After comes with every problem document that says retryable", and with no other.
        if headers.contains_key("retry-after") != (body["retryable"] == true) {
            return Err(format!("{operation} {status}: Retry-After does not fit: {text}"));
        }
        Ok(Outcome { operation: operation.to_owned(), status: *status, code: code.to_owned() })
    }

    fn check_body(
        &self,
        response: &Place<'_>,
        content_type: Option<&String>,
        text: &str,
    ) -> Result<Value, String> {
        let Some(content) = response.get("content") else {
            let is_empty = text.is_empty() && content_type.is_none();
            return if is_empty { Ok(Value::Null) } else { Err("there is a body".to_owned()) };
        };
        let content_type = content_type.ok_or("there is no Content-Type")?;
        let schema = content
            .path(&[content_type, "schema"])
            .ok_or_else(|| format!("{content_type} is not described"))?;
        let body = serde_json::from_str(text).map_err(|error| error.to_string())?;
        self.schema(&schema)?.check(&body)?;
        Ok(body)
    }

    fn check_headers(
        &self,
        response: &Place<'_>,
        headers: &BTreeMap<String, String>,
    ) -> Result<(), String> {
        for (name, header) in response.get("headers").iter().flat_map(Place::members) {
            match (headers.get(&name.to_lowercase()), header.get("schema")) {
                (Some(text), Some(schema)) => self.schema(&schema)?.check_text(text)?,
                (None, _) if header.value()["required"] == true => {
                    return Err(format!("{name} is missing"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The outcomes of one response.
fn codes(status: u16, response: &Place<'_>) -> Vec<String> {
    let Some(content) = response.get("content") else { return vec!["done".to_owned()] };
    let mut codes = Vec::new();
    for (content_type, media) in content.members() {
        match content_type {
            PROBLEM => {
                let narrowed = media.path(&["schema", "allOf", "1", "properties", "code", "enum"]);
                let listed = narrowed.iter().flat_map(Place::items);
                codes.extend(listed.filter_map(|code| Some(code.value().as_str()?.to_owned())));
            }
            _ if status >= 400 => codes.push("gateway".to_owned()),
            _ => codes.push("done".to_owned()),
        }
    }
    codes
}
