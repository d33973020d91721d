//! What callers get when PostgreSQL is away, silent, full, locked, or has just come back.

use chat_testing::{Chat, Environment, Event, Operation, Person, Proxy, new_id, with_chat};
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// The contract: within 4 seconds.
const LONGEST: Duration = Duration::from_secs(4);

/// How long a statement may take: a lock is given up before.
const A_STATEMENTS_LIMIT: Duration = Duration::from_secs(2);

/// A good request for each operation.
fn event(operation: Operation, customer: &Person, dentist: &Person, session: i64) -> Event {
    let (person, body) = match operation {
        Operation::CreateSession => (customer, json!({"dentist_id": dentist.id})),
        Operation::UpdateSession => (dentist, json!({"status": "archived"})),
        Operation::SendMessage => {
            (customer, json!({"client_message_id": new_id(), "content": "hi"}))
        }
        Operation::CorrectMessage => (customer, json!({"content": "hullo"})),
        Operation::MarkRead => (customer, json!({"up_to_seq": 0})),
        Operation::CreateUpload => {
            (customer, json!({"content_type": "image/png", "content_length": 1}))
        }
        Operation::RegisterPlayer => (customer, json!({"onesignal_player_id": new_id()})),
        _ => (customer, json!({})),
    };
    let event = Event::of(operation, person);
    let event = if operation.names_a_session() { event.session(session) } else { event };
    if operation.has_body() { event.json(&body) } else { event }
}

/// Every operation says 503 `unavailable` in time.
async fn assert_unavailable(chat: &Chat, environments: &[Environment]) {
    let (customer, dentist, session) = chat.conversation().await;
    let calls = Operation::ALL.iter().zip(environments).map(|(operation, environment)| {
        let event = event(*operation, &customer, &dentist, session);
        async move {
            let began = Instant::now();
            let reply = environment.invoke(*operation, event).await;
            reply.assert_problem("unavailable");
            assert!(began.elapsed() < LONGEST, "{operation:?}: {:?}", began.elapsed());
        }
    });
    join_all(calls).await;
}

#[test]
fn a_database_that_is_away_is_said_at_once() {
    with_chat(async |chat| {
        let url = "postgres://chat_service:x@127.0.0.1:1/chat";
        let environments: Vec<_> = Operation::ALL
            .iter()
            .map(|_| chat.environment_with(&[("DATABASE_URL", url)]))
            .collect();
        assert_unavailable(chat, &environments).await;
    });
}

#[test]
fn a_database_that_never_answers_is_given_up_in_time() {
    with_chat(async |chat| {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://chat_service:x@{}/chat", silent.local_addr().unwrap());
        let environments: Vec<_> = Operation::ALL
            .iter()
            .map(|_| chat.environment_with(&[("DATABASE_URL", &url)]))
            .collect();
        assert_unavailable(chat, &environments).await;
    });
}

#[test]
fn a_database_that_freezes_is_given_up_in_time_and_found_again() {
    with_chat(async |chat| {
        let postgres = Proxy::to(&chat.database.service_url).await;
        let environments =
            chat.environments(Operation::ALL.len(), &[("DATABASE_URL", &postgres.url())]).await;
        postgres.freeze();
        assert_unavailable(chat, &environments).await;
        postgres.restore();
        let customer = chat.customer().await;
        for environment in &environments {
            assert_eq!(environment.inbox(&customer, &[]).await.status, 200);
        }
    });
}

#[test]
fn a_connection_that_the_network_forgot_costs_time_and_not_an_answer() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let postgres = Proxy::to(&chat.database.service_url).await;
        let environment = chat.environment_with(&[("DATABASE_URL", &postgres.url())]);
        environment.say(&customer, session, "before").await;
        postgres.forget();
        let began = Instant::now();
        assert_eq!(environment.say(&customer, session, "after").await["seq"], 2);
        assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
        // The new connection is the one that is used from then on.
        environment.say(&customer, session, "and on").await;
        assert_eq!(environment.inbox(&customer, &[]).await.status, 200);
        // The server would keep the forgotten one for long.
        drop(environment);
        chat.database.terminate_connections().await;
    });
}

#[test]
fn a_database_that_comes_back_is_used_again() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let postgres = Proxy::to(&chat.database.service_url).await;
        let environment = chat.environment_with(&[("DATABASE_URL", &postgres.url())]);
        environment.say(&customer, session, "before").await;
        postgres.cut();
        let body = json!({"client_message_id": new_id(), "content": "meanwhile"});
        environment.send(&customer, session, &body).await.assert_problem("unavailable");
        postgres.restore();
        assert_eq!(environment.send(&customer, session, &body).await.status, 201);
    });
}

#[test]
fn a_connection_that_the_server_ended_costs_nobody_an_error() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let environment = chat.environment();
        for operation in Operation::ALL {
            environment.inbox(&customer, &[]).await;
            chat.database.terminate_connections().await;
            let event = event(operation, &customer, &dentist, session);
            let reply = environment.invoke(operation, event).await;
            assert!((200..300).contains(&reply.status), "{operation:?}: {}", reply.text);
            chat.database.rows("UPDATE chat_sessions SET status = 'active'", &[]).await;
        }
    });
}

#[test]
fn without_a_writer_a_send_waits_for_one() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let name = chat.database.service_url.path().trim_start_matches('/').to_owned();
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
        chat.database.rows(&set, &[]).await;
        let environment = chat.environments(1, &[]).await.remove(0);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        environment.send(&customer, session, &body).await.assert_problem("unavailable");
        let reset = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
        chat.database.rows(&reset, &[]).await;
        assert_eq!(environment.send(&customer, session, &body).await.status, 201);
    });
}

#[test]
fn a_connection_that_leads_to_a_reader_is_replaced() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        // As after a failover: the connections that are open now say what a reader says.
        let sql = "SELECT string_agg(pid::text, ',') FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'chat_service'";
        let connections: String = chat.database.rows(sql, &[]).await[0].get(0);
        let function = format!(
            "CREATE FUNCTION read_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF pg_backend_pid() IN ({connections}) THEN
                    RAISE EXCEPTION 'read-only' USING ERRCODE = '25006';
                END IF;
                RETURN NEW;
             END $$"
        );
        chat.database.rows(&function, &[]).await;
        let trigger = "CREATE TRIGGER read_only BEFORE INSERT ON chat_messages
            FOR EACH ROW EXECUTE FUNCTION read_only()";
        chat.database.rows(trigger, &[]).await;
        assert_eq!(chat.say(&customer, session, "hello").await["seq"], 1);
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 1);
    });
}

#[test]
fn a_database_that_is_full_is_said_within_a_second() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let name = chat.database.service_url.path().trim_start_matches('/').to_owned();
        chat.database.rows(&format!("ALTER DATABASE {name} CONNECTION LIMIT 1"), &[]).await;
        let environment = chat.environment();
        environment.inbox(&chat.customer().await, &[]).await.assert_problem("unavailable");
        let began = Instant::now();
        environment.get(&customer, session).await.assert_problem("unavailable");
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        chat.database.rows(&format!("ALTER DATABASE {name} CONNECTION LIMIT -1"), &[]).await;
        assert_eq!(environment.get(&customer, session).await.status, 200);
    });
}

#[test]
fn a_session_that_is_locked_is_given_up_soon() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.database.rows("BEGIN", &[]).await;
        chat.database.rows("SELECT FROM chat_sessions FOR UPDATE", &[]).await;
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let began = Instant::now();
        chat.send(&customer, session, &body).await.assert_problem("unavailable");
        assert!(began.elapsed() < A_STATEMENTS_LIMIT, "{:?}", began.elapsed());
        // Reading goes on meanwhile.
        assert_eq!(chat.list(&customer, session, &[]).await.status, 200);
        chat.database.rows("ROLLBACK", &[]).await;
        assert_eq!(chat.send(&customer, session, &body).await.expect(201)["seq"], 1);
    });
}

#[test]
fn a_commit_whose_answer_is_lost_is_found_by_the_functions_own_retry() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let postgres = Proxy::to(&chat.database.service_url).await;
        let environment = chat.environment_with(&[("DATABASE_URL", &postgres.url())]);
        environment.inbox(&customer, &[]).await;
        postgres.lose_next_answer(false);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        let reply = environment.send(&customer, session, &body).await;
        assert_eq!(reply.expect(200)["seq"], 1);
        assert_eq!(chat.database.number("SELECT count(*) FROM chat_messages", &[]).await, 1);
        assert_eq!(
            chat.database.number("SELECT count(*) FROM outbox WHERE change = 'message'", &[]).await,
            1
        );
    });
}

#[test]
fn a_commit_of_unknown_outcome_is_503_and_the_clients_retry_finds_out() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let postgres = Proxy::to(&chat.database.service_url).await;
        let environment = chat.environment_with(&[("DATABASE_URL", &postgres.url())]);
        environment.inbox(&customer, &[]).await;
        postgres.lose_next_answer(true);
        let body = json!({"client_message_id": new_id(), "content": "hello"});
        environment.send(&customer, session, &body).await.assert_problem("unavailable");
        postgres.restore();
        let reply = environment.send(&customer, session, &body).await;
        assert_eq!(reply.expect(200)["seq"], 1);
        assert_eq!(chat.get(&customer, session).await.body["last_seq"], 1);
    });
}
