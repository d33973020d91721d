//! What the databases themselves refuse.

use chat_testing::with_chat;
use mysql_async::{Conn, prelude::Queryable as _};
use tokio_postgres::Row;

const UNIQUE_VIOLATION: &str = "23505";
const CHECK_VIOLATION: &str = "23514";
const INSUFFICIENT_PRIVILEGE: &str = "42501";

#[test]
fn a_pair_has_one_active_session() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let insert = |status: &str| {
            let (customer, dentist) = (customer.id, dentist.id);
            format!(
                "INSERT INTO chat_sessions (customer_id, dentist_id, status)
                 VALUES ({customer}, {dentist}, '{status}')"
            )
        };
        let refused = chat.database.refusal(&insert("active")).await;
        let constraint = "active_pairs_have_one_session".to_owned();
        assert_eq!(refused, (UNIQUE_VIOLATION.to_owned(), Some(constraint.clone())));
        chat.database.rows(&insert("archived"), &[]).await;
        let reopen = format!("UPDATE chat_sessions SET status = 'active' WHERE id <> {session}");
        let refused = chat.database.refusal(&reopen).await;
        assert_eq!(refused, (UNIQUE_VIOLATION.to_owned(), Some(constraint)));
    });
}

#[test]
fn active_pairs_are_those_of_the_active_sessions_whatever_is_done_to_them() {
    with_chat(async |chat| {
        for (change, active) in [
            (
                "INSERT INTO chat_sessions (id, customer_id, dentist_id, status) VALUES
                     (901, 1, 7, 'active'), (902, 2, 7, 'active'), (903, 1, 7, 'archived')",
                vec![[1, 7, 901], [2, 7, 902]],
            ),
            (
                "UPDATE chat_sessions SET last_seq = 1, updated_at = now()",
                vec![[1, 7, 901], [2, 7, 902]],
            ),
            ("UPDATE chat_sessions SET status = 'archived' WHERE id = 901", vec![[2, 7, 902]]),
            (
                "UPDATE chat_sessions SET status = 'active' WHERE id = 903",
                vec![[1, 7, 903], [2, 7, 902]],
            ),
            (
                "UPDATE chat_sessions SET dentist_id = 8 WHERE id = 903",
                vec![[1, 8, 903], [2, 7, 902]],
            ),
            ("DELETE FROM chat_sessions WHERE id = 901", vec![[1, 8, 903], [2, 7, 902]]),
            ("DELETE FROM chat_sessions WHERE id = 903", vec![[2, 7, 902]]),
            ("TRUNCATE chat_sessions, chat_messages", vec![]),
        ] {
            chat.database.rows(change, &[]).await;
            let pairs =
                "SELECT customer_id, dentist_id, session_id FROM active_pairs ORDER BY 1, 2";
            let pairs = chat.database.rows(pairs, &[]).await;
            let pair = |row: &Row| [0, 1, 2].map(|column| row.get::<usize, i64>(column));
            let pairs: Vec<_> = pairs.iter().map(pair).collect();
            assert_eq!(pairs, active, "{change}");
        }
    });
}

#[test]
fn a_session_has_each_seq_and_each_send_once() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        let copy = |seq: &str, sender: &str, id: &str| {
            format!(
                "INSERT INTO chat_messages (session_id, seq, sender_type, sender_id, client_message_id)
                 SELECT session_id, {seq}, {sender}, {id} FROM chat_messages"
            )
        };
        let own = "sender_type, sender_id";
        let refused = chat.database.refusal(&copy("seq", own, "gen_random_uuid()")).await;
        let constraint = Some("chat_messages_session_id_seq".to_owned());
        assert_eq!(refused, (UNIQUE_VIOLATION.to_owned(), constraint));
        let refused = chat.database.refusal(&copy("2", own, "client_message_id")).await;
        let constraint = Some("chat_messages_sent_once".to_owned());
        assert_eq!(refused, (UNIQUE_VIOLATION.to_owned(), constraint));
        let others = format!("'dentist', {}", dentist.id);
        chat.database.rows(&copy("2", &others, "client_message_id"), &[]).await;
    });
}

#[test]
fn a_customer_has_one_phone_and_a_phone_one_customer() {
    with_chat(async |chat| {
        let insert = |customer: i64, player: &str| {
            format!(
                "INSERT INTO customer_notification_mapping (customer_id, onesignal_player_id)
                 VALUES ({customer}, '{player}')"
            )
        };
        chat.database.rows(&insert(1, "a"), &[]).await;
        for (sql, constraint) in [
            (insert(1, "b"), "customer_notification_mapping_customer_id"),
            (insert(2, "a"), "customer_notification_mapping_player_id"),
        ] {
            let refused = chat.database.refusal(&sql).await;
            assert_eq!(refused, (UNIQUE_VIOLATION.to_owned(), Some(constraint.to_owned())));
        }
    });
}

#[test]
fn marks_and_counts_stay_within_the_session() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.say(&customer, session, "hello").await;
        for change in [
            "customer_read_seq = 2",
            "dentist_read_seq = -1",
            "customer_unread_count = -1",
            "dentist_unread_count = 2",
            "last_seq = -1",
        ] {
            let (code, _) =
                chat.database.refusal(&format!("UPDATE chat_sessions SET {change}")).await;
            assert_eq!(code, CHECK_VIOLATION, "{change}");
        }
        for change in
            ["is_read = true", "read_at = now()", "seq = 0", "content = repeat('x', 8193)"]
        {
            let (code, _) =
                chat.database.refusal(&format!("UPDATE chat_messages SET {change}")).await;
            assert_eq!(code, CHECK_VIOLATION, "{change}");
        }
    });
}

#[test]
fn every_field_of_the_data_model_stands_under_its_own_name() {
    with_chat(async |chat| {
        for (table, fields) in [
            (
                "chat_sessions",
                &["id", "customer_id", "dentist_id", "created_at", "updated_at", "status"][..],
            ),
            (
                "chat_messages",
                &[
                    "id",
                    "session_id",
                    "sender_type",
                    "sender_id",
                    "content",
                    "image_urls",
                    "created_at",
                    "is_read",
                    "read_at",
                ],
            ),
            (
                "customer_notification_mapping",
                &["id", "customer_id", "onesignal_player_id", "created_at", "updated_at"],
            ),
        ] {
            for field in fields {
                let sql = "SELECT count(*) FROM information_schema.columns
                    WHERE table_name = $1 AND column_name = $2";
                assert_eq!(chat.database.number(sql, &[&table, field]).await, 1, "{table}.{field}");
            }
        }
        for (table, first_column) in [
            ("chat_sessions", "customer_id"),
            ("chat_sessions", "dentist_id"),
            ("chat_sessions", "updated_at"),
            ("chat_messages", "session_id"),
            ("chat_messages", "created_at"),
            ("customer_notification_mapping", "customer_id"),
        ] {
            let sql = "SELECT count(*) FROM pg_index i JOIN pg_attribute a
                ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
                WHERE i.indrelid = $1::text::regclass AND a.attname = $2 AND i.indpred IS NULL";
            let indexes = chat.database.number(sql, &[&table, &first_column]).await;
            assert!(indexes >= 1, "no index on {table}.{first_column}");
        }
    });
}

#[test]
fn the_functions_role_uses_the_tables_and_changes_no_schema() {
    with_chat(async |chat| {
        for sql in [
            "CREATE TABLE mine (id int)",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine (id int)",
            "DROP TABLE outbox",
            "ALTER TABLE chat_messages ADD COLUMN mine int",
            "CREATE INDEX mine ON chat_messages (content)",
            "TRUNCATE outbox",
            "CREATE ROLE mine",
        ] {
            let (code, _) = chat.database.service_refusal(sql).await;
            assert_eq!(code, INSUFFICIENT_PRIVILEGE, "{sql}");
        }
    });
}

#[test]
fn the_jarvis_account_may_only_read() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let authority = chat.endpoints.authority().unwrap();
        let options = authority.mysql(&chat.endpoints.jarvis_url).unwrap();
        let mut jarvis = Conn::new(options).await.unwrap();
        let id = customer.id;
        for sql in [
            "INSERT INTO dentist_dentist (email, name) VALUES ('a', 'b')".to_owned(),
            "INSERT INTO assignment_customer (email, name, cognito_sub) VALUES ('a', 'b', 'c')"
                .to_owned(),
            format!("UPDATE assignment_customer SET name = 'x' WHERE id = {id}"),
            format!("DELETE FROM assignment_customer WHERE id = {id}"),
            format!(
                "REPLACE INTO assignment_customer (id, email, name, cognito_sub) VALUES ({id}, 'a', 'b', 'c')"
            ),
            "CREATE TABLE mine (id INT)".to_owned(),
            "CREATE DATABASE mine".to_owned(),
            "DROP TABLE dentist_dentist".to_owned(),
            "TRUNCATE dentist_dentist".to_owned(),
            "ALTER TABLE dentist_dentist ADD COLUMN mine INT".to_owned(),
            "LOCK TABLES dentist_dentist WRITE".to_owned(),
            "CREATE USER mine".to_owned(),
            "GRANT INSERT ON dentist_dentist TO chat_service".to_owned(),
            "SELECT * FROM mysql.user".to_owned(),
        ] {
            let refused = jarvis.query_drop(&sql).await.expect_err(&sql);
            let mysql_async::Error::Server(refused) = refused else { panic!("{sql}: {refused}") };
            // Access denied: to a database, a table, an operation, or a table's administration.
            assert!([1044, 1142, 1227, 1410].contains(&refused.code), "{sql}: {refused}");
        }
        let sql = format!("SELECT name FROM assignment_customer WHERE id = {id}");
        let name: Option<String> = jarvis.query_first(sql).await.unwrap();
        assert_eq!(name, Some(customer.name.clone()));
        jarvis.disconnect().await.unwrap();
    });
}
