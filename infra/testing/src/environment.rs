//! An execution environment of the functions.

use crate::{Event, Operation, Person, Reply, SocketEvent, clock, new_id};
use chat::{
    api::{HttpEvent, Response, respond},
    app::App,
    config::{Config, Needs},
    directory::Directory,
    http::Http,
    metrics::Metrics,
    store::{Database, Statement},
    tls::Trust,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};
use ws_authorize::Keys;

/// As on Lambda: one connection to each database, and one request at a time.
pub struct Environment {
    app: App,
    keys: Keys,
}

/// What all functions together run: as much as each of them says that it does.
static STATEMENTS: LazyLock<Vec<&'static Statement>> = LazyLock::new(|| {
    let lists = [
        create_session::STATEMENTS,
        list_sessions::STATEMENTS,
        get_session::STATEMENTS,
        update_session::STATEMENTS,
        send_message::STATEMENTS,
        list_messages::STATEMENTS,
        mark_read::STATEMENTS,
        correct_message::STATEMENTS,
        retract_message::STATEMENTS,
        create_upload::STATEMENTS,
        register_player::STATEMENTS,
        unregister_player::STATEMENTS,
        sync::STATEMENTS,
        archive_sessions::STATEMENTS,
        ws_connect::STATEMENTS,
        ws_default::STATEMENTS,
        ws_disconnect::STATEMENTS,
        place_hold::STATEMENTS,
        lift_hold::STATEMENTS,
        revoke_tokens::STATEMENTS,
        erase_customer::STATEMENTS,
        apply_retention::STATEMENTS,
        reapply_erasures::STATEMENTS,
        list_access::STATEMENTS,
        export_records::STATEMENTS,
        redeliver::STATEMENTS,
    ];
    let mut all: Vec<&Statement> = Vec::new();
    for statement in lists.into_iter().flatten().copied() {
        if !all.iter().any(|known| std::ptr::eq(*known, statement)) {
            all.push(statement);
        }
    }
    all
});

impl Environment {
    /// An environment with these variables.
    pub(crate) fn new(variables: &BTreeMap<&str, String>) -> Self {
        let needs = Needs { database: true, directory: true, push: true };
        let config = Config::read(needs, |name| variables.get(name).cloned());
        let config = config.expect("the variables are complete");
        let keys = Keys::of(&config.identity_issuer);
        let metrics = Arc::new(Metrics::default());
        let trust = Trust::new(config.ca_bundle.as_deref()).expect("certificates");
        let http = Http::new(trust);
        let db = Database::new(&config, &STATEMENTS, clock::now, &http, Arc::clone(&metrics));
        let directory = Directory::new(config.jarvis.as_ref(), clock::now, &http);
        let (db, directory) = (db.expect("a good URL"), directory.expect("a good URL"));
        let directory = directory.counting(Arc::clone(&metrics));
        let app = App::new(config, db, directory, http, metrics, clock::now);
        Self { app, keys }
    }

    /// What the operations work with.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Connects, as at a cold start.
    pub async fn warm(&self) {
        self.app.db.warm().await;
        self.app.directory.warm().await;
    }

    /// Hands an event to an operation.
    pub async fn invoke(&self, operation: Operation, event: Event) -> Reply {
        let request_id = event.request_id();
        let event = serde_json::from_value(event.0).expect("the functions read any event");
        let (app, name) = (&self.app, operation.name());
        let (response, delivery) = match operation {
            Operation::CreateSession => {
                Box::pin(respond(app, name, create_session::handle, event)).await
            }
            Operation::UpdateSession => {
                Box::pin(respond(app, name, update_session::handle, event)).await
            }
            Operation::SendMessage => {
                Box::pin(respond(app, name, send_message::handle, event)).await
            }
            Operation::CorrectMessage => {
                Box::pin(respond(app, name, correct_message::handle, event)).await
            }
            Operation::RetractMessage => {
                Box::pin(respond(app, name, retract_message::handle, event)).await
            }
            Operation::MarkRead => Box::pin(respond(app, name, mark_read::handle, event)).await,
            _ => (self.only_answer(operation, event).await, None),
        };
        let text = response.body.unwrap_or_default();
        let headers = response.headers.into_iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.into_owned()));
        Reply {
            status: i64::from(response.status_code.as_u16()),
            headers: headers.collect(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
            delivery,
            request_id,
        }
    }

    /// Hands an event to an operation that has nothing to do after its answer.
    async fn only_answer(&self, operation: Operation, event: HttpEvent) -> Response {
        let (app, name) = (&self.app, operation.name());
        let (response, ()) = match operation {
            Operation::ListSessions => {
                Box::pin(respond(app, name, list_sessions::handle, event)).await
            }
            Operation::GetSession => Box::pin(respond(app, name, get_session::handle, event)).await,
            Operation::ListMessages => {
                Box::pin(respond(app, name, list_messages::handle, event)).await
            }
            Operation::CreateUpload => {
                Box::pin(respond(app, name, create_upload::handle, event)).await
            }
            Operation::RegisterPlayer => {
                Box::pin(respond(app, name, register_player::handle, event)).await
            }
            Operation::UnregisterPlayer => {
                Box::pin(respond(app, name, unregister_player::handle, event)).await
            }
            Operation::Sync => Box::pin(respond(app, name, sync::handle, event)).await,
            other => panic!("{} works after its answer", other.name()),
        };
        response
    }

    /// Does what a reply left to be done after the answer.
    pub async fn deliver(&self, reply: Reply) {
        reply.delivery.expect("there is something to deliver").carry_out(&self.app).await;
    }

    /// Asks the authorizer of `$connect`: its policy, or its error's text.
    ///
    /// # Errors
    /// The text by which the gateway tells 401 from 500.
    pub async fn ws_authorize(&self, event: SocketEvent) -> Result<Value, String> {
        let answer = ws_authorize::handle(&self.app, &self.keys, event.into_event()).await;
        answer.map_err(|diagnostic| diagnostic.error_message)
    }

    /// Opens a connection.
    pub async fn ws_connect(&self, event: SocketEvent) -> Value {
        answer(&ws_connect::handle(&self.app, event.into_event()).await)
    }

    /// Closes a connection.
    pub async fn ws_disconnect(&self, event: SocketEvent) -> Value {
        answer(&ws_disconnect::handle(&self.app, event.into_event()).await)
    }

    /// Says something over a connection.
    pub async fn ws_default(&self, event: SocketEvent) -> Value {
        answer(&ws_default::handle(&self.app, event.into_event()).await)
    }

    /// Opens a connection of this person's for an hour; its id.
    pub async fn connect(&self, person: &Person) -> String {
        let connection = format!("{}=", new_id());
        let expiry = clock::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let authorizer = json!({
            "role": person.role.as_str(), "id": person.id.to_string(),
            "exp": (expiry.as_secs() + 3600).to_string(),
        });
        let event = SocketEvent::connect(&connection, &authorizer, &json!({}));
        assert_eq!(self.ws_connect(event).await["statusCode"], 200);
        connection
    }
}

/// What operators do with records, each with the function's event.
impl Environment {
    /// Invokes a duty; its answer.
    ///
    /// # Errors
    /// What would become the invocation's.
    pub async fn try_duty(&self, name: &str, event: &Value) -> Result<Value, chat::error::Error> {
        let (app, event) = (&self.app, event.clone());
        let answered = match name {
            "place-hold" => Box::pin(place_hold::handle(app, event)).await,
            "lift-hold" => Box::pin(lift_hold::handle(app, event)).await,
            "revoke-tokens" => Box::pin(revoke_tokens::handle(app, event)).await,
            "erase-customer" => Box::pin(erase_customer::handle(app, event)).await,
            "apply-retention" => Box::pin(apply_retention::handle(app, event)).await,
            "reapply-erasures" => Box::pin(reapply_erasures::handle(app, event)).await,
            "list-access" => Box::pin(list_access::handle(app, event)).await,
            "export-records" => Box::pin(export_records::handle(app, event)).await,
            other => panic!("{other} is no duty"),
        };
        answered.or_else(chat::records::Answered::invalid).map(|answered| answered.answer)
    }

    /// Invokes a duty; its answer.
    pub async fn duty(&self, name: &str, event: &Value) -> Value {
        self.try_duty(name, event).await.unwrap_or_else(|error| panic!("{name}: {error:?}"))
    }
}

fn answer(answer: &chat::socket::SocketAnswer) -> Value {
    serde_json::to_value(answer).expect("answers are JSON")
}
