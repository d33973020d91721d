//! The schemas of requests accept what the code accepts, and refuse what it refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

mod values;

use chat::{
    api::Request,
    fields::{Field as _, Fields},
    identity::Role,
    message::Content,
};
use chat_contract::{Contract, Place};
use serde_json::{Map, Value, json};
use values::{TEXTS, values};

const BODY: [&str; 4] = ["requestBody", "content", "application/json", "schema"];

fn accepts<T: Request>(role: Role, path: &Value, query: &Value, body: &Value) -> bool {
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut fields = Fields::new(object(path), object(query), object(body));
    let request = T::read(&mut fields, role);
    fields.finish().is_empty() && request.is_some()
}

/// The bodies to try: the example, with any one and any two of the members left out or replaced, and
/// with a member too many.
fn bodies(schema: &Place<'_>, example: &Value) -> Vec<Value> {
    let names: Vec<&str> =
        schema.get("properties").unwrap().members().map(|(name, _)| name).collect();
    let values: Vec<Option<Value>> = values().into_iter().map(Some).chain([None]).collect();
    let with = |body: &Value, name: &str, value: &Option<Value>| {
        let mut body: Map<String, Value> = body.as_object().cloned().unwrap();
        match value {
            Some(value) => body.insert(name.to_owned(), value.clone()),
            None => body.remove(name),
        };
        Value::Object(body)
    };
    let mut bodies = vec![example.clone(), json!({}), with(example, "sender_id", &Some(json!(1)))];
    for (at, name) in names.iter().enumerate() {
        for value in &values {
            let body = with(example, name, value);
            for other in &names[at + 1..] {
                bodies.extend(values.iter().map(|value| with(&body, other, value)));
            }
            bodies.push(body);
        }
    }
    bodies
}

/// The schema accepts what the code accepts of somebody in these roles.
fn assert_bodies_agree<T: Request>(operation: &str, roles: &[Role], example: &Value) {
    let contract = Contract::read().unwrap();
    let schema = contract.operations()[operation].path(&BODY).unwrap();
    let compiled = contract.schema(&schema).unwrap();
    let path = json!({"session_id": "5", "seq": "3"});
    let (mut accepted, mut refused) = (0, 0);
    for body in bodies(&schema, example) {
        let by_schema = compiled.check(&body);
        let by_code = roles.iter().any(|role| accepts::<T>(*role, &path, &json!({}), &body));
        assert_eq!(by_schema.is_ok(), by_code, "{operation}: {body}: {by_schema:?}");
        *if by_code { &mut accepted } else { &mut refused } += 1;
    }
    assert!(accepted > 0 && refused > 0, "{operation}: {accepted} accepted, {refused} refused");
}

#[test]
fn bodies_are_accepted_as_described() {
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let (customer, dentist) = (&[Role::Customer], &[Role::Dentist]);
    // A schema does not know who is calling; that each gives the other's id, the document says in words.
    for example in [json!({"dentist_id": 7}), json!({"customer_id": 42})] {
        let either = &[Role::Customer, Role::Dentist];
        assert_bodies_agree::<create_session::CreateSession>("POST /sessions", either, &example);
    }
    assert_bodies_agree::<update_session::UpdateSession>(
        "PATCH /sessions/{session_id}",
        dentist,
        &json!({"status": "archived"}),
    );
    assert_bodies_agree::<send_message::SendMessage>(
        "POST /sessions/{session_id}/messages",
        customer,
        &json!({"client_message_id": uuid, "content": "x", "image_urls": ["a"], "read_up_to_seq": 1}),
    );
    assert_bodies_agree::<correct_message::CorrectMessage>(
        "PUT /sessions/{session_id}/messages/{seq}",
        customer,
        &json!({"content": "x"}),
    );
    assert_bodies_agree::<mark_read::MarkRead>(
        "POST /sessions/{session_id}/read",
        customer,
        &json!({"up_to_seq": 1}),
    );
    assert_bodies_agree::<create_upload::CreateUpload>(
        "POST /sessions/{session_id}/uploads",
        customer,
        &json!({"content_type": "image/png", "content_length": 1}),
    );
    assert_bodies_agree::<register_player::RegisterPlayer>(
        "PUT /players",
        customer,
        &json!({"onesignal_player_id": uuid}),
    );
}

#[test]
fn blank_is_described_as_the_code_has_it() {
    let contract = Contract::read().unwrap();
    let schema = contract.openapi().path(&["components", "schemas", "NewMessage", "else"]);
    let pattern = schema.unwrap().value()["properties"]["content"]["pattern"].clone();
    let pattern = jsonschema::options().build(&json!({"pattern": pattern})).unwrap();
    for c in (char::MIN..=char::MAX).filter(|c| *c != '\0') {
        let text = Value::from(c.to_string());
        let is_blank = Content::from_json(&text).unwrap().is_blank();
        assert_eq!(pattern.is_valid(&text), !is_blank, "U+{:04X}", u32::from(c));
    }
}

fn assert_parameters_agree<T: Request>(operation: &str, expected: &[&str]) {
    let contract = Contract::read().unwrap();
    let operation = &contract.operations()[operation];
    let parameters = operation.get("parameters");
    let mut names = Vec::new();
    for parameter in parameters.iter().flat_map(Place::items) {
        let name = parameter.value()["name"].as_str().unwrap();
        names.push(name);
        let schema = contract.schema(&parameter.get("schema").unwrap()).unwrap();
        for text in TEXTS {
            let by_schema = schema.check_text(text);
            let path = json!({"session_id": "5"});
            let by_code = accepts::<T>(Role::Customer, &path, &json!({name: text}), &json!({}));
            // Only the service knows which cursors it has made.
            let agree = if matches!(name, "cursor" | "since") {
                by_schema.is_ok() || !by_code
            } else {
                by_schema.is_ok() == by_code
            };
            assert!(agree, "{name}={text:?}: {by_schema:?}");
        }
    }
    names.sort_unstable();
    assert_eq!(names, expected);
    let unknown = json!({"offset": "1"});
    assert!(!accepts::<T>(Role::Customer, &json!({"session_id": "5"}), &unknown, &json!({})));
}

#[test]
fn query_parameters_are_accepted_as_described() {
    assert_parameters_agree::<list_sessions::ListSessions>(
        "GET /sessions",
        &["cursor", "limit", "status"],
    );
    assert_parameters_agree::<list_messages::ListMessages>(
        "GET /sessions/{session_id}/messages",
        &["after", "around", "before", "limit"],
    );
    assert_parameters_agree::<sync::Sync>("GET /sync", &["limit", "since"]);
    assert_parameters_agree::<get_session::GetSession>("GET /sessions/{session_id}", &[]);
    assert_parameters_agree::<unregister_player::UnregisterPlayer>("DELETE /players", &[]);
}

#[test]
fn at_most_one_cursor_is_accepted() {
    let path = json!({"session_id": "5"});
    for query in [json!({"after": "1", "before": "2"}), json!({"around": "1", "after": "1"})] {
        assert!(!accepts::<list_messages::ListMessages>(Role::Customer, &path, &query, &json!({})));
    }
}

#[test]
fn session_ids_are_accepted_as_described() {
    let contract = Contract::read().unwrap();
    let schema = contract.openapi().path(&["components", "parameters", "SessionId", "schema"]);
    let schema = contract.schema(&schema.unwrap()).unwrap();
    for text in TEXTS {
        let by_schema = schema.check_text(text).is_ok();
        let path = json!({"session_id": text});
        let by_code =
            accepts::<get_session::GetSession>(Role::Dentist, &path, &json!({}), &json!({}));
        assert_eq!(by_schema, by_code, "{text:?}");
    }
}
