//! What an operation asks of PostgreSQL before it answers, counted at the server and on the wire.

use chat_testing::{Chat, Environment, Proxy, SocketEvent, new_id, with_chat};
use serde_json::json;

/// An environment whose round trips can be counted.
struct Counted<'a> {
    chat: &'a Chat,
    postgres: Proxy,
    environment: Environment,
}

impl<'a> Counted<'a> {
    async fn new(chat: &'a Chat, statements: &str) -> Self {
        // Whose tokens are revoked is read with the connection, and not again.
        let known = ("REVOCATIONS_MAX_AGE_SECONDS", "3600");
        Self::with(chat, &[("DATABASE_STATEMENTS", statements), known]).await
    }

    async fn with(chat: &'a Chat, variables: &[(&'static str, &str)]) -> Self {
        let postgres = Proxy::to(&chat.database.service_url).await;
        let url = postgres.url();
        let variables = [&[("DATABASE_URL", url.as_str())], variables].concat();
        let environment = chat.environment_with(&variables);
        environment.warm().await;
        Self { chat, postgres, environment }
    }

    /// The operation made this many round trips, each for one statement.
    async fn assert(&self, expected: usize, what: &str, operation: impl AsyncFnOnce(&Environment)) {
        let before = (self.postgres.round_trips(), self.chat.database.statements_run().await);
        operation(&self.environment).await;
        let after = (self.postgres.round_trips(), self.chat.database.statements_run().await);
        assert_eq!(after.0 - before.0, expected, "round trips of {what}");
        assert_eq!(usize::try_from(after.1 - before.1), Ok(expected), "statements of {what}");
    }
}

fn each_way_of_sending_statements(test: &impl AsyncFn(&Chat, &Counted)) {
    with_chat(async |chat| {
        for statements in ["named", "unnamed"] {
            test(chat, &Counted::new(chat, statements).await).await;
        }
    });
}

#[test]
fn what_happens_in_a_session_takes_one_round_trip() {
    each_way_of_sending_statements(&async |chat, counted| {
        let (customer, dentist, session) = chat.conversation().await;
        // The first call finds out who is calling.
        for person in [&customer, &dentist] {
            counted.environment.inbox(person, &[]).await;
        }
        chat.connect(&dentist).await;
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = async |environment: &Environment, status: i64| {
            let reply = environment.send(&customer, session, &body).await;
            assert_eq!(reply.status, status, "{}", reply.text);
        };
        counted.assert(1, "a send", async |environment| reply(environment, 201).await).await;
        counted.assert(1, "a retry", async |environment| reply(environment, 200).await).await;
        for query in [&[][..], &[("after", 0)], &[("before", 9)], &[("around", 1)]] {
            let list = async |environment: &Environment| {
                assert_eq!(environment.list(&customer, session, query).await.status, 200);
            };
            counted.assert(1, "a page", list).await;
        }
        let mark = async |environment: &Environment| {
            assert_eq!(environment.mark_read(&dentist, session, 1).await.expect(200)["marked"], 1);
        };
        counted.assert(1, "a mark", mark).await;
        let correct = async |environment: &Environment| {
            let reply = environment.correct(&customer, session, 1, "hullo").await;
            assert_eq!(reply.expect(200)["content"], "hullo");
        };
        counted.assert(1, "a correction", correct).await;
        let retract = async |environment: &Environment| {
            assert_eq!(environment.retract(&customer, session, 1).await.status, 200);
        };
        counted.assert(1, "a retraction", retract).await;
        let get = async |environment: &Environment| {
            assert_eq!(environment.get(&dentist, session).await.status, 200);
        };
        counted.assert(1, "a look", get).await;
        let inbox = async |environment: &Environment| {
            assert_eq!(environment.inbox(&dentist, &[("status", "all")]).await.status, 200);
        };
        counted.assert(1, "an inbox", inbox).await;
        let sync = async |environment: &Environment| {
            assert_eq!(environment.sync(&dentist, &[]).await.status, 200);
        };
        counted.assert(1, "a catch-up", sync).await;
        let upload = async |environment: &Environment| {
            let body = json!({"content_type": "image/png", "content_length": 1});
            assert_eq!(environment.create_upload(&customer, session, &body).await.status, 201);
        };
        counted.assert(1, "an upload", upload).await;
        let archive = async |environment: &Environment| {
            assert_eq!(environment.update(&dentist, session, "archived").await.status, 200);
        };
        counted.assert(1, "archiving", archive).await;
    });
}

#[test]
fn creating_and_registering_take_two_round_trips_at_most() {
    each_way_of_sending_statements(&async |chat, counted| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        counted.environment.inbox(&customer, &[]).await;
        let create = async |environment: &Environment, status: i64| {
            assert_eq!(environment.create_session(&customer, dentist.id).await.status, status);
        };
        counted
            .assert(2, "a new session", async |environment| create(environment, 201).await)
            .await;
        counted
            .assert(1, "a second create", async |environment| create(environment, 200).await)
            .await;
        let register = async |environment: &Environment| {
            assert_eq!(environment.register_player(&customer, &new_id()).await.status, 200);
        };
        counted.assert(1, "registering", register).await;
        counted.assert(1, "registering again", register).await;
        let unregister = async |environment: &Environment| {
            assert_eq!(environment.unregister_player(&customer).await.status, 204);
        };
        counted.assert(1, "unregistering", unregister).await;
    });
}

#[test]
fn whatever_a_websocket_does_takes_one_round_trip() {
    each_way_of_sending_statements(&async |chat, counted| {
        let (customer, dentist, session) = chat.conversation().await;
        let other = chat.connect(&dentist).await;
        let connection = new_id();
        let authorizer = json!({"role": "customer", "id": customer.id, "exp": 4_102_444_800_i64});
        let connect = async |environment: &Environment| {
            let event = SocketEvent::connect(&connection, &authorizer, &json!({}));
            assert_eq!(environment.ws_connect(event).await["statusCode"], 200);
        };
        counted.assert(1, "$connect", connect).await;
        for (body, listener) in [
            (r#"{"action": "ping"}"#.to_owned(), &connection),
            ("?".to_owned(), &connection),
            (
                json!({"action": "typing", "session_id": session, "typing": true}).to_string(),
                &other,
            ),
        ] {
            let heard = chat.gateway.frames(listener).len();
            let say = async |environment: &Environment| {
                let event = SocketEvent::message(&connection, &body);
                assert_eq!(environment.ws_default(event).await["statusCode"], 200);
            };
            counted.assert(1, &body, say).await;
            assert_eq!(chat.gateway.frames(listener).len(), heard + 1, "{body}");
        }
        let disconnect = async |environment: &Environment| {
            let event = SocketEvent::disconnect(&connection);
            assert_eq!(environment.ws_disconnect(event).await["statusCode"], 200);
        };
        counted.assert(1, "$disconnect", disconnect).await;
    });
}

#[test]
fn connecting_a_person_makes_no_round_trip_to_postgres_for_who_they_are() {
    each_way_of_sending_statements(&async |chat, counted| {
        let customer = chat.customer().await;
        counted
            .assert(1, "a first call", async |environment| {
                assert_eq!(environment.inbox(&customer, &[]).await.status, 200);
            })
            .await;
    });
}

#[test]
fn whose_tokens_are_revoked_is_asked_in_the_same_round_trip() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let asking = [("REVOCATIONS_MAX_AGE_SECONDS", "0")];
        let counted = Counted::with(chat, &asking).await;
        let body = || json!({"client_message_id": new_id(), "content": "hello"});
        assert_eq!(counted.environment.send(&customer, session, &body()).await.status, 201);
        let before = counted.postgres.round_trips();
        assert_eq!(counted.environment.send(&customer, session, &body()).await.status, 201);
        assert_eq!(counted.postgres.round_trips() - before, 1);
    });
}
