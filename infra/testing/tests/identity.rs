//! Who a token's bearer is.

use chat::identity::Role;
use chat_testing::{Chat, Event, Operation, Person, Proxy, Reply, clock, new_id, with_chat};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The contract: within 4 seconds.
const LONGEST: Duration = Duration::from_secs(4);

/// An operation that needs nothing but to know the caller.
async fn inbox_with(chat: &Chat, claims: &Value) -> Reply {
    let event = Event::new(Operation::ListSessions).claims(claims);
    chat.invoke(Operation::ListSessions, event).await
}

fn changed(person: &Person, changes: &[(&str, Value)]) -> Value {
    let mut claims = person.claims();
    for (name, value) in changes {
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().map(|claims| claims.remove(*name));
        }
    }
    claims
}

#[test]
fn a_customer_is_who_the_subject_says_whatever_the_email() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for changes in [
            vec![("email", json!("someone-else@example.test"))],
            vec![("email", Value::Null), ("email_verified", Value::Null)],
            vec![("email_verified", json!("false"))],
            vec![("cognito:groups", json!("[]"))],
            vec![("cognito:groups", json!("[dentists-to-be staff]"))],
        ] {
            assert_eq!(inbox_with(chat, &changed(&customer, &changes)).await.status, 200);
        }
    });
}

#[test]
fn a_dentist_is_who_the_verified_email_says_in_any_letter_case() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        let upper = json!(dentist.email.to_uppercase());
        let claims = changed(&dentist, &[("email", upper), ("sub", json!(new_id()))]);
        let customer = chat.customer().await;
        let session = chat.session(&customer, &dentist).await;
        let reply = inbox_with(chat, &claims).await;
        assert_eq!(reply.expect(200)["sessions"][0]["id"], session);
    });
}

#[test]
fn someone_in_the_dentist_group_is_never_taken_for_a_customer() {
    with_chat(async |chat| {
        // A customer and a dentist in one person: the subject is known, but the group decides.
        let customer = chat.customer().await;
        let dentist = chat.dentist().await;
        let in_group = ("cognito:groups", json!("[dentists]"));
        for changes in [
            vec![],
            vec![("email", json!(dentist.email)), ("email_verified", json!("false"))],
            vec![("email", json!(dentist.email)), ("email_verified", Value::Null)],
            vec![("email", json!(dentist.email)), ("email_verified", json!("TRUE"))],
            vec![("email", Value::Null)],
            vec![("email", json!(""))],
            vec![("email", json!("nobody@example.test"))],
        ] {
            let changes: Vec<_> = changes.into_iter().chain([in_group.clone()]).collect();
            let reply = inbox_with(chat, &changed(&customer, &changes)).await;
            reply.assert_problem("unknown_user");
        }
    });
}

#[test]
fn without_the_group_a_dentist_is_nobody() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        let claims = changed(&dentist, &[("cognito:groups", Value::Null)]);
        inbox_with(chat, &claims).await.assert_problem("unknown_user");
    });
}

#[test]
fn whom_jarvis_does_not_know_is_nobody() {
    with_chat(async |chat| {
        for role in [Role::Customer, Role::Dentist] {
            let nobody = Person::unknown(role);
            chat.inbox(&nobody, &[]).await.assert_problem("unknown_user");
        }
    });
}

#[test]
fn an_email_that_several_dentists_have_is_ambiguous() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        let mut twin = Person::unknown(Role::Dentist);
        twin.email = dentist.email.to_uppercase();
        let twin = chat.people.add(twin).await;
        for person in [&dentist, &twin] {
            chat.inbox(person, &[]).await.assert_problem("ambiguous_user");
        }
        chat.people.remove(Role::Dentist, twin.id).await;
        assert_eq!(chat.inbox(&dentist, &[]).await.status, 200);
    });
}

#[test]
fn what_a_collation_holds_for_equal_is_not_the_same_person() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let sub = &customer.subject;
        for other in
            [sub.to_uppercase(), format!("{sub} "), format!("{sub}\u{0}"), format!("\u{ad}{sub}")]
        {
            let claims = changed(&customer, &[("sub", json!(other))]);
            inbox_with(chat, &claims).await.assert_problem("unknown_user");
        }
        let mut dentist = Person::unknown(Role::Dentist);
        dentist.email = format!("rene-{}@example.test", dentist.id);
        let dentist = chat.people.add(dentist).await;
        let accented = dentist.email.replace("rene", "ren\u{e9}");
        for other in [accented, format!("{} ", dentist.email)] {
            let claims = changed(&dentist, &[("email", json!(other))]);
            inbox_with(chat, &claims).await.assert_problem("unknown_user");
        }
    });
}

#[test]
fn a_subject_is_a_value_and_never_sql() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        for text in [
            "' OR '1'='1",
            "\" OR \"\"=\"",
            "\\' OR 1=1 -- ",
            "x'; DROP TABLE dentist_dentist; --",
            "%",
            "_",
        ] {
            let claims = changed(&customer, &[("sub", json!(text))]);
            inbox_with(chat, &claims).await.assert_problem("unknown_user");
            let claims = changed(&dentist, &[("email", json!(text))]);
            inbox_with(chat, &claims).await.assert_problem("unknown_user");
        }
        assert_eq!(chat.inbox(&dentist, &[]).await.status, 200);
    });
}

#[test]
fn with_jarvis_down_remembered_callers_go_on_without_names() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let jarvis = Proxy::to(&chat.endpoints.jarvis_url.parse().unwrap()).await;
        let environment = chat.environment_with(&[("JARVIS_URL", &jarvis.url())]);
        let seen = environment.get(&customer, session).await;
        assert_eq!(seen.expect(200)["dentist"]["name"], dentist.name);

        jarvis.cut();
        let seen = environment.get(&customer, session).await;
        assert_eq!(seen.expect(200)["dentist"], json!({"id": dentist.id, "name": null}));
        assert_eq!(seen.body["customer"], json!({"id": customer.id, "name": null}));
        assert_eq!(environment.inbox(&customer, &[]).await.status, 200);
        environment.say(&customer, session, "still here").await;
        assert_eq!(environment.list(&customer, session, &[]).await.status, 200);
        assert_eq!(environment.mark_read(&customer, session, 1).await.status, 200);
        let existing = environment.create_session(&customer, dentist.id).await;
        assert_eq!(existing.expect(200)["dentist"]["name"], Value::Null);

        environment.inbox(&dentist, &[]).await.assert_problem("directory_unavailable");
        let other = chat.dentist().await;
        let new = environment.create_session(&customer, other.id).await;
        new.assert_problem("directory_unavailable");

        jarvis.restore();
        assert_eq!(environment.inbox(&dentist, &[]).await.status, 200);
        let seen = environment.get(&customer, session).await;
        assert_eq!(seen.expect(200)["dentist"]["name"], dentist.name);
    });
}

#[test]
fn a_jarvis_that_hangs_holds_nobody_up_for_long() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let jarvis = Proxy::to(&chat.endpoints.jarvis_url.parse().unwrap()).await;
        let environment = chat.environment_with(&[("JARVIS_URL", &jarvis.url())]);
        assert_eq!(environment.get(&customer, session).await.status, 200);

        jarvis.freeze();
        let began = Instant::now();
        let unknown = environment.inbox(&dentist, &[]).await;
        unknown.assert_problem("directory_unavailable");
        assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
        let began = Instant::now();
        let seen = environment.get(&customer, session).await;
        assert_eq!(seen.expect(200)["dentist"]["name"], Value::Null);
        assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
        // A message needs no name.
        let began = Instant::now();
        environment.say(&customer, session, "still here").await;
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    });
}

#[test]
fn a_caller_is_remembered_for_five_minutes_and_no_longer() {
    with_chat(async |chat| {
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        for person in [&customer, &dentist] {
            assert_eq!(chat.inbox(person, &[]).await.status, 200);
            chat.people.remove(person.role, person.id).await;
        }
        clock::advance(Duration::from_secs(299));
        for person in [&customer, &dentist] {
            assert_eq!(chat.inbox(person, &[]).await.status, 200);
        }
        clock::advance(Duration::from_secs(1));
        for person in [&customer, &dentist] {
            chat.inbox(person, &[]).await.assert_problem("unknown_user");
        }
    });
}

#[test]
fn a_dentist_whose_token_has_another_email_is_looked_up_again() {
    with_chat(async |chat| {
        let (dentist, other) = (chat.dentist().await, chat.dentist().await);
        let session = chat.session(&chat.customer().await, &other).await;
        assert_eq!(inbox_with(chat, &dentist.claims()).await.body["sessions"], json!([]));
        let claims = changed(&dentist, &[("email", json!(other.email))]);
        assert_eq!(inbox_with(chat, &claims).await.body["sessions"][0]["id"], session);
        let claims = changed(&dentist, &[("email_verified", json!("false"))]);
        inbox_with(chat, &claims).await.assert_problem("unknown_user");
    });
}

#[test]
fn unknown_people_are_not_remembered() {
    with_chat(async |chat| {
        let newcomer = Person::unknown(Role::Customer);
        chat.inbox(&newcomer, &[]).await.assert_problem("unknown_user");
        let newcomer = chat.people.add(newcomer).await;
        assert_eq!(chat.inbox(&newcomer, &[]).await.status, 200);
    });
}
