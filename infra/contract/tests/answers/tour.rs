//! Requests whose answers are held against the contract as they come.

use chat_contract::{Answer, Contract, Outcome};
use chat_e2e::{Person, Reply, Role, Stack, new_id};
use reqwest::Method;
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeSet};

pub struct Tour {
    pub contract: Contract,
    pub stack: Stack,
    seen: RefCell<BTreeSet<Outcome>>,
}

/// A request that is fine in itself.
pub struct Request {
    pub method: Method,
    pub path: String,
    pub body: Option<Value>,
}

impl Tour {
    pub fn new(stack: Stack) -> Self {
        Self { contract: Contract::read().unwrap(), stack, seen: RefCell::default() }
    }

    /// Every outcome so far.
    pub fn seen(&self) -> BTreeSet<Outcome> {
        self.seen.borrow().clone()
    }

    /// Makes a request; its answer is as described, with this status and code.
    #[track_caller]
    pub fn call<'a>(
        &'a self,
        token: Option<&'a str>,
        request: &'a Request,
        status: u16,
        code: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let Request { method, path, body } = request;
            let reply = self.stack.call(token, method.clone(), path, body.as_ref()).await;
            let outcome = self.note(request, &reply);
            let got = (outcome.status, outcome.code.as_str());
            assert_eq!(got, (status, code), "{caller}: {outcome}: {}", reply.text);
            reply.body
        }
    }

    /// Holds an answer against the contract.
    pub fn note(&self, request: &Request, reply: &Reply) -> Outcome {
        let operation = self.contract.operation_of(request.method.as_str(), &request.path);
        let operation = operation.unwrap_or_else(|| panic!("{} is no operation", request.path));
        let headers = reply.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().expect("headers are text").to_owned())
        });
        let answer =
            Answer { status: reply.status, headers: headers.collect(), text: reply.text.clone() };
        let outcome = self.contract.check_answer(&operation, &answer);
        let outcome = outcome.unwrap_or_else(|error| panic!("{error}"));
        self.seen.borrow_mut().insert(outcome.clone());
        outcome
    }

    /// The function behind a request: `create-session` for the operation `createSession`.
    pub fn function_of(&self, request: &Request) -> String {
        let operation = self.contract.operation_of(request.method.as_str(), &request.path);
        let operation = &self.contract.operations()[&operation.unwrap()];
        let id = operation.value()["operationId"].as_str().unwrap();
        let dashed = id.chars().flat_map(|c| {
            let dash = c.is_ascii_uppercase().then_some('-');
            dash.into_iter().chain([c.to_ascii_lowercase()])
        });
        dashed.collect()
    }

    /// One fine request for each operation, by someone of this side in their session.
    pub fn requests(&self, role: Role, session: i64, other: &Person) -> Vec<Request> {
        let in_session = |rest: &str| format!("/sessions/{session}{rest}");
        let other_side = match role {
            Role::Customer => "dentist_id",
            Role::Dentist => "customer_id",
        };
        let requests = vec![
            Request::new("POST", "/sessions", json!({other_side: other.id})),
            Request::new("GET", "/sessions", None),
            Request::new("GET", "/sync", None),
            Request::new("GET", &in_session(""), None),
            Request::new("PATCH", &in_session(""), json!({"status": "active"})),
            Request::new("POST", &in_session("/messages"), text("Good morning")),
            Request::new("GET", &in_session("/messages"), None),
            Request::new("PUT", &in_session("/messages/1"), json!({"content": "Good evening"})),
            Request::new("POST", &in_session("/messages/1/retraction"), None),
            Request::new("POST", &in_session("/read"), json!({"up_to_seq": 0})),
            Request::new("POST", &in_session("/uploads"), upload()),
            Request::new("PUT", "/players", json!({"onesignal_player_id": new_id()})),
            Request::new("DELETE", "/players", None),
        ];
        assert_eq!(requests.len(), self.contract.operations().len(), "an operation is left out");
        requests
    }
}

impl Request {
    pub fn new(method: &str, path: &str, body: impl Into<Option<Value>>) -> Self {
        let method = method.parse().expect("a method");
        Self { method, path: path.to_owned(), body: body.into() }
    }
}

/// A message's body.
pub fn text(content: &str) -> Value {
    json!({"client_message_id": new_id(), "content": content})
}

/// A message's body with images.
pub fn images(keys: &[&str]) -> Value {
    json!({"client_message_id": new_id(), "image_urls": keys})
}

pub fn upload() -> Value {
    json!({"content_type": "image/jpeg", "content_length": 100})
}
