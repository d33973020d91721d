//! Who may do what.

use chat_e2e::{Person, Reply, Role, Stack, new_id};
use reqwest::Method;
use serde_json::{Value, json};

/// Every operation on one session, with a request that its participants may make.
fn operations(session: i64) -> Vec<(Method, String, Option<Value>)> {
    let path = |rest: &str| format!("/sessions/{session}{rest}");
    vec![
        (Method::GET, path(""), None),
        (Method::PATCH, path(""), Some(json!({"status": "archived"}))),
        (Method::GET, path("/messages"), None),
        (
            Method::POST,
            path("/messages"),
            Some(json!({"client_message_id": new_id(), "content": "x"})),
        ),
        (Method::POST, path("/read"), Some(json!({"up_to_seq": 0}))),
        (
            Method::POST,
            path("/uploads"),
            Some(json!({"content_type": "image/png", "content_length": 9})),
        ),
    ]
}

#[tokio::test]
async fn a_strangers_session_looks_like_none() {
    let stack = Stack::shared();
    let (customer, _, session) = stack.conversation().await;
    customer.say(session, "private").await.is(201);
    let missing = i64::MAX;
    for stranger in [stack.customer().await, stack.dentist().await] {
        for (there, nowhere) in operations(session).into_iter().zip(operations(missing)) {
            let there = ask(&stranger, &there).await;
            there.is_problem(404, "session_not_found");
            let nowhere = ask(&stranger, &nowhere).await;
            assert_eq!(there.without_request_id(), nowhere.without_request_id());
            assert_eq!(
                there.headers.keys().collect::<Vec<_>>(),
                nowhere.headers.keys().collect::<Vec<_>>()
            );
        }
    }
    let seen = customer.get_session(session).await;
    assert_eq!(
        (&seen.expect(200)["status"], &seen.body["last_seq"]),
        (&json!("active"), &json!(1))
    );
}

#[tokio::test]
async fn someone_of_the_other_side_with_the_same_id_is_a_stranger() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let namesakes = [
        Person { id: dentist.id, ..stack.unknown(Role::Customer).await },
        Person { id: customer.id, ..stack.unknown(Role::Dentist).await },
    ];
    for namesake in namesakes {
        stack.enter(&namesake).await;
        for operation in operations(session) {
            ask(&namesake, &operation).await.is_problem(404, "session_not_found");
        }
    }
}

async fn ask(person: &Person, (method, path, body): &(Method, String, Option<Value>)) -> Reply {
    person.call(method.clone(), path, body.as_ref()).await
}

#[tokio::test]
async fn people_whom_jarvis_does_not_know_are_refused() {
    let stack = Stack::shared();
    for role in [Role::Customer, Role::Dentist] {
        stack.unknown(role).await.list_sessions("").await.is_problem(403, "unknown_user");
    }
}

#[tokio::test]
async fn a_dentist_is_who_the_verified_email_says() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut request = dentist.token_request();
    request["email"] = json!(dentist.email.to_uppercase());
    request["groups"] = json!(["staff", "dentists"]);
    let shouting = dentist.with_token(stack.token(&request).await);
    shouting.get_session(session).await.is(200);

    for email_verified in [json!(false), json!(null)] {
        let mut request = dentist.token_request();
        request["email_verified"] = email_verified;
        let unverified = dentist.with_token(stack.token(&request).await);
        unverified.get_session(session).await.is_problem(403, "unknown_user");
    }
    // Someone in the dentist group is never taken for a customer.
    let mut request = customer.token_request();
    request["groups"] = json!(["dentists"]);
    let pretender = customer.with_token(stack.token(&request).await);
    pretender.get_session(session).await.is_problem(403, "unknown_user");
    // Without the group, it is the customer with that subject who speaks.
    let mut request = dentist.token_request();
    request["groups"] = json!(["dentists-in-training"]);
    let outside = dentist.with_token(stack.token(&request).await);
    outside.get_session(session).await.is_problem(403, "unknown_user");
}

#[tokio::test]
async fn an_email_of_two_dentists_is_nobodys() {
    let stack = Stack::shared();
    let dentist = stack.dentist().await;
    let twin = stack.unknown(Role::Dentist).await;
    stack.enter(&Person { email: dentist.email.to_uppercase(), ..twin }).await;
    dentist.list_sessions("").await.is_problem(403, "ambiguous_user");
}

#[tokio::test]
async fn identity_headers_of_a_client_are_ignored() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let stranger = stack.customer().await;
    let url = format!("{}/sessions/{session}", stack.endpoints().http_api);
    let mut request = stack.http().get(url).bearer_auth(&stranger.token);
    for (name, value) in [
        ("x-user-id", customer.id.to_string()),
        ("x-cognito-sub", customer.subject.clone()),
        ("x-amzn-oidc-identity", customer.subject.clone()),
        ("x-forwarded-user", dentist.email.clone()),
    ] {
        request = request.header(name, value);
    }
    assert_eq!(request.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn what_has_no_route_is_the_gateways_404() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/session"),
        (Method::DELETE, "/sessions/1"),
        (Method::PUT, "/sessions"),
        (Method::GET, "/players"),
        (Method::GET, "/sessions/1/messages/1"),
        (Method::POST, "/redeliver"),
    ] {
        let reply = customer.call(method.clone(), path, None).await;
        assert_eq!(reply.expect(404), &json!({"message": "Not Found"}), "{method} {path}");
    }
}
