//! The inbox: order, filter, paging.

use chat::identity::Role;
use chat_testing::{Chat, Person, with_chat};
use serde_json::{Value, json};

#[test]
fn the_inbox_shows_sessions_as_get_session_does() {
    with_chat(async |chat| {
        let (customer, dentist, id) = chat.conversation().await;
        let (stranger, _, elsewhere) = chat.conversation().await;
        for _ in 0..2 {
            chat.say(&stranger, elsewhere, "hello").await;
            chat.say(&customer, id, "hello").await;
        }
        for person in [&customer, &dentist] {
            let reply = chat.inbox(person, &[]).await;
            let page = reply.expect(200);
            assert_eq!(page["sessions"], json!([chat.get(person, id).await.body]));
            assert_eq!(page["sessions"][0]["last_message"]["seq"], 2);
            assert_eq!(page["next_cursor"], Value::Null);
            assert_eq!(page.as_object().unwrap().len(), 2);
        }
    });
}

#[test]
fn an_empty_inbox_is_a_page_without_sessions() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let reply = chat.inbox(&customer, &[]).await;
        assert_eq!(reply.expect(200).to_string(), r#"{"next_cursor":null,"sessions":[]}"#);
    });
}

#[test]
fn the_most_recent_activity_comes_first_and_reading_is_none() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        let mut sessions = Vec::new();
        for _ in 0..3 {
            let customer = chat.customer().await;
            sessions.push((chat.session(&customer, &dentist).await, customer));
        }
        let (first, second, third) = (sessions[0].0, sessions[1].0, sessions[2].0);
        assert_eq!(ids(&chat.inbox(&dentist, &[]).await.body), [third, second, first]);
        chat.say(&sessions[0].1, first, "hello").await;
        assert_eq!(ids(&chat.inbox(&dentist, &[]).await.body), [first, third, second]);
        chat.say(&dentist, second, "hello").await;
        assert_eq!(ids(&chat.inbox(&dentist, &[]).await.body), [second, first, third]);
        chat.mark_read(&dentist, first, 1).await;
        assert_eq!(ids(&chat.inbox(&dentist, &[]).await.body), [second, first, third]);
    });
}

#[test]
fn the_status_chooses_sessions() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 3).await;
        chat.archive(sessions[1]).await;
        let (active, archived) = (vec![sessions[2], sessions[0]], vec![sessions[1]]);
        let all = vec![sessions[2], sessions[1], sessions[0]];
        for (query, expected) in [
            (None, &active),
            (Some("active"), &active),
            (Some("archived"), &archived),
            (Some("all"), &all),
        ] {
            let query: Vec<_> = query.iter().map(|status| ("status", *status)).collect();
            assert_eq!(&ids(&chat.inbox(&dentist, &query).await.body), expected, "{query:?}");
        }
    });
}

#[test]
fn pages_follow_one_another_without_gap_or_overlap() {
    with_chat(async |chat| {
        for person in [chat.dentist().await, chat.customer().await] {
            let sessions = crowd_of(chat, &person, 7).await;
            // Ties are what cursors stumble over.
            let tie = "UPDATE chat_sessions SET updated_at = '2026-01-01T00:00:00.123456Z'
                WHERE id % 3 > 0";
            chat.database.rows(tie, &[]).await;
            for number in [1, 3, 4] {
                chat.archive(sessions[number]).await;
            }
            for (status, expected) in [("all", 7), ("active", 4), ("archived", 3)] {
                let all = [("status", status), ("limit", "100")];
                let whole = ids(&chat.inbox(&person, &all).await.body);
                assert_eq!(whole.len(), expected, "{:?}", person.role);
                for limit in ["1", "2", "3", "6", "7", "100"] {
                    let paged = walk(chat, &person, status, limit).await;
                    assert_eq!(paged, whole, "status {status}, limit {limit}");
                }
            }
        }
    });
}

#[test]
fn the_default_page_has_twenty() {
    with_chat(async |chat| {
        let (dentist, sessions) = crowd(chat, 21).await;
        let reply = chat.inbox(&dentist, &[]).await;
        assert_eq!(ids(&reply.body).len(), 20);
        let cursor = reply.body["next_cursor"].as_str().unwrap();
        let rest = chat.inbox(&dentist, &[("cursor", cursor)]).await;
        assert_eq!(ids(&rest.body), [sessions[0]]);
        assert_eq!(rest.body["next_cursor"], Value::Null);
        let all = chat.inbox(&dentist, &[("limit", "21")]).await;
        assert_eq!(ids(&all.body).len(), 21);
        assert_eq!(all.body["next_cursor"], Value::Null);
    });
}

#[test]
fn everyone_sees_their_own_sessions_only() {
    with_chat(async |chat| {
        let (customer, dentist, id) = chat.conversation().await;
        let (_, other_dentist, other_id) = chat.conversation().await;
        // Same numbers, other sides.
        let namesakes =
            [chat.people.namesake(&customer).await, chat.people.namesake(&dentist).await];
        let see_their_own = async |query: &[(&str, &str)]| {
            assert_eq!(ids(&chat.inbox(&customer, query).await.body), [id]);
            assert_eq!(ids(&chat.inbox(&dentist, query).await.body), [id]);
            assert_eq!(ids(&chat.inbox(&other_dentist, query).await.body), [other_id]);
            for namesake in &namesakes {
                assert!(ids(&chat.inbox(namesake, query).await.body).is_empty());
            }
        };
        see_their_own(&[("status", "all")]).await;
        see_their_own(&[]).await;
        for session in [id, other_id] {
            chat.archive(session).await;
        }
        see_their_own(&[("status", "all")]).await;
        see_their_own(&[("status", "archived")]).await;
    });
}

#[test]
fn a_cursor_of_someone_else_shows_nothing_of_theirs() {
    with_chat(async |chat| {
        let (dentist, _) = crowd(chat, 3).await;
        let page = chat.inbox(&dentist, &[("limit", "1")]).await;
        let cursor = page.body["next_cursor"].as_str().unwrap().to_owned();
        let (customer, _, _) = chat.conversation().await;
        let reply = chat.inbox(&customer, &[("cursor", &cursor)]).await;
        assert!(ids(reply.expect(200)).is_empty());
    });
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for (name, value) in [
            ("limit", "0"),
            ("limit", "101"),
            ("limit", "-1"),
            ("limit", "1000000000"),
            ("limit", ""),
            ("limit", "ten"),
            ("limit", "1,2"),
            ("limit", "1.5"),
            ("status", "Active"),
            ("status", ""),
            ("status", "deleted"),
            ("status", "active,archived"),
            ("cursor", ""),
            ("cursor", "x"),
            ("cursor", "MTIz"),
            ("cursor", "12"),
            ("cursor", "' OR 1=1 --"),
            ("page", "2"),
            ("customer_id", "1"),
        ] {
            chat.inbox(&customer, &[(name, value)]).await.assert_invalid_field(name);
        }
        for limit in ["1", "100"] {
            assert_eq!(chat.inbox(&customer, &[("limit", limit)]).await.status, 200);
        }
    });
}

/// A dentist with this many sessions, the oldest first.
async fn crowd(chat: &Chat, size: usize) -> (Person, Vec<i64>) {
    let dentist = chat.dentist().await;
    let sessions = crowd_of(chat, &dentist, size).await;
    (dentist, sessions)
}

/// This many sessions of a person's, the oldest first.
async fn crowd_of(chat: &Chat, person: &Person, size: usize) -> Vec<i64> {
    let sql = "INSERT INTO chat_sessions (customer_id, dentist_id, created_at, updated_at)
        SELECT CASE WHEN $3 THEN n ELSE $1 END, CASE WHEN $3 THEN $1 ELSE n END,
               now() - interval '1 day', now() - interval '1 day' + n * interval '1 minute'
        FROM generate_series(1, $2::bigint) n RETURNING id";
    let (size, is_dentist) = (i64::try_from(size).unwrap_or(0), person.role == Role::Dentist);
    let rows = chat.database.rows(sql, &[&person.id, &size, &is_dentist]).await;
    let mut sessions: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    sessions.sort_unstable();
    sessions
}

async fn walk(chat: &Chat, person: &Person, status: &str, limit: &str) -> Vec<i64> {
    let mut seen = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut query = vec![("status", status), ("limit", limit)];
        if let Some(cursor) = &cursor {
            query.push(("cursor", cursor));
        }
        let reply = chat.inbox(person, &query).await;
        seen.extend(ids(reply.expect(200)));
        assert!(seen.len() < 50, "the pages do not end");
        match reply.body["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return seen,
        }
    }
}

fn ids(page: &Value) -> Vec<i64> {
    let sessions = page["sessions"].as_array().map(Vec::as_slice).unwrap_or_default();
    sessions.iter().filter_map(|session| session["id"].as_i64()).collect()
}
