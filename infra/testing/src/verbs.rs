//! A verb for each operation: its event, made by a person, handed to an environment.

use crate::{Environment, Event, Operation, Person, Reply, new_id};
use serde_json::{Value, json};

impl Environment {
    /// Turns to someone of the other side.
    pub async fn create_session(&self, person: &Person, other: i64) -> Reply {
        let field = match person.role {
            chat::identity::Role::Customer => "dentist_id",
            chat::identity::Role::Dentist => "customer_id",
        };
        let event = Event::of(Operation::CreateSession, person).json(&json!({field: other}));
        self.invoke(Operation::CreateSession, event).await
    }

    /// The id of the active session of these two, made if there is none.
    pub async fn session(&self, customer: &Person, dentist: &Person) -> i64 {
        let reply = self.create_session(customer, dentist.id).await;
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
        reply.body["id"].as_i64().expect("ids are integers")
    }

    /// Looks at a session.
    pub async fn get(&self, person: &Person, session: i64) -> Reply {
        let event = Event::of(Operation::GetSession, person).session(session);
        self.invoke(Operation::GetSession, event).await
    }

    /// Archives a session or opens it again.
    pub async fn update(&self, person: &Person, session: i64, status: &str) -> Reply {
        let body = json!({"status": status});
        let event = Event::of(Operation::UpdateSession, person).session(session).json(&body);
        self.invoke(Operation::UpdateSession, event).await
    }

    /// Looks at the inbox, with these parameters.
    pub async fn inbox(&self, person: &Person, query: &[(&str, &str)]) -> Reply {
        let event = Event::of(Operation::ListSessions, person);
        let event = query.iter().fold(event, |event, (name, value)| event.query(name, value));
        self.invoke(Operation::ListSessions, event).await
    }

    /// Catches up, with these parameters.
    pub async fn sync(&self, person: &Person, query: &[(&str, &str)]) -> Reply {
        let event = Event::of(Operation::Sync, person);
        let event = query.iter().fold(event, |event, (name, value)| event.query(name, value));
        self.invoke(Operation::Sync, event).await
    }

    /// Sends this body as a message.
    pub async fn send(&self, person: &Person, session: i64, body: &Value) -> Reply {
        let event = Event::of(Operation::SendMessage, person).session(session).json(body);
        self.invoke(Operation::SendMessage, event).await
    }

    /// Says something new; the stored message.
    pub async fn say(&self, person: &Person, session: i64, content: &str) -> Value {
        let body = json!({"client_message_id": new_id(), "content": content});
        self.send(person, session, &body).await.expect(201).clone()
    }

    /// Puts another text in the place of a message's.
    pub async fn correct(&self, person: &Person, session: i64, seq: i64, content: &str) -> Reply {
        let body = json!({"content": content});
        let event = Event::of(Operation::CorrectMessage, person).session(session).seq(seq);
        self.invoke(Operation::CorrectMessage, event.json(&body)).await
    }

    /// Takes a message back.
    pub async fn retract(&self, person: &Person, session: i64, seq: i64) -> Reply {
        let event = Event::of(Operation::RetractMessage, person).session(session).seq(seq);
        self.invoke(Operation::RetractMessage, event).await
    }

    /// Reads messages, with these parameters.
    pub async fn list(&self, person: &Person, session: i64, query: &[(&str, i64)]) -> Reply {
        let event = Event::of(Operation::ListMessages, person).session(session);
        let event = query.iter().fold(event, |event, (name, value)| event.query(name, value));
        self.invoke(Operation::ListMessages, event).await
    }

    /// Moves the person's read mark.
    pub async fn mark_read(&self, person: &Person, session: i64, up_to_seq: i64) -> Reply {
        let body = json!({"up_to_seq": up_to_seq});
        let event = Event::of(Operation::MarkRead, person).session(session).json(&body);
        self.invoke(Operation::MarkRead, event).await
    }

    /// Asks to upload an image.
    pub async fn create_upload(&self, person: &Person, session: i64, body: &Value) -> Reply {
        let event = Event::of(Operation::CreateUpload, person).session(session).json(body);
        self.invoke(Operation::CreateUpload, event).await
    }

    /// Uploads these bytes as a JPEG; the key.
    pub async fn upload(&self, person: &Person, session: i64, bytes: Vec<u8>) -> String {
        let body = json!({"content_type": "image/jpeg", "content_length": bytes.len()});
        let reply = self.create_upload(person, session, &body).await;
        let upload = reply.expect(201);
        let client = self.app().http.client().expect("a client");
        let mut request = client.put(upload["url"].as_str().expect("a URL")).body(bytes);
        for (name, value) in upload["headers"].as_object().expect("headers") {
            if name != "content-length" {
                request = request.header(name, value.as_str().expect("a text"));
            }
        }
        assert_eq!(request.send().await.expect("an answer").status(), 200);
        upload["key"].as_str().expect("a key").to_owned()
    }

    /// Registers a phone.
    pub async fn register_player(&self, person: &Person, player: &str) -> Reply {
        let body = json!({"onesignal_player_id": player});
        let event = Event::of(Operation::RegisterPlayer, person).json(&body);
        self.invoke(Operation::RegisterPlayer, event).await
    }

    /// Unregisters the phone.
    pub async fn unregister_player(&self, person: &Person) -> Reply {
        let event = Event::of(Operation::UnregisterPlayer, person);
        self.invoke(Operation::UnregisterPlayer, event).await
    }
}
