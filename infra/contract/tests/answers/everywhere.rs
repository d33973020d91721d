//! What any operation may answer.

use crate::tour::{Request, Tour};
use chat_e2e::{Person, Role};
use serde_json::{Value, json};

pub async fn visit(tour: &Tour) {
    let (customer, dentist, session) = tour.stack.conversation().await;
    let requests = tour.requests(Role::Customer, session, &dentist);
    refuse_tokens(tour, &requests, &customer).await;
    refuse_people(tour, &requests, session, &dentist).await;
    refuse_requests(tour, &requests, &customer).await;
    refuse_strangers(tour, &requests).await;
}

async fn refuse_tokens(tour: &Tour, requests: &[Request], customer: &Person) {
    let mut asked = customer.token_request();
    asked["token_use"] = json!("access");
    let access = tour.stack.token(&asked).await;
    for request in requests {
        tour.call(None, request, 401, "gateway").await;
        tour.call(Some("a.b.c"), request, 401, "gateway").await;
        tour.call(Some(&access), request, 401, "wrong_token_use").await;
        invoke_without_gateway(tour, request).await;
    }
}

/// A direct invoke has no claims.
async fn invoke_without_gateway(tour: &Tour, request: &Request) {
    let function = tour.function_of(request);
    let event = json!({"requestContext": {"requestId": "direct"}});
    let mut reply = tour.stack.invoke(&function, &event).await;
    reply.is(200);
    // What the gateway would make of it.
    let answer: Value = reply.body.take();
    reply.status = answer["statusCode"].as_u64().unwrap().try_into().unwrap();
    answer["body"].as_str().unwrap().clone_into(&mut reply.text);
    reply.headers.clear();
    reply.headers.insert("apigw-requestid", "direct".parse().unwrap());
    for (name, value) in answer["headers"].as_object().unwrap() {
        let name: reqwest::header::HeaderName = name.parse().unwrap();
        reply.headers.insert(name, value.as_str().unwrap().parse().unwrap());
    }
    assert_eq!(tour.note(request, &reply).code, "unauthenticated");
}

async fn refuse_people(tour: &Tour, requests: &[Request], session: i64, dentist: &Person) {
    let unknown = tour.stack.unknown(Role::Customer).await;
    for request in requests {
        tour.call(Some(&unknown.token), request, 403, "unknown_user").await;
    }
    let namesake = Person { id: dentist.id + 1, ..dentist.clone() };
    let ambiguous = tour.stack.dentist().await;
    tour.stack.enter(&Person { email: ambiguous.email.clone(), ..namesake }).await;
    for request in tour.requests(Role::Dentist, session, dentist) {
        tour.call(Some(&ambiguous.token), &request, 403, "ambiguous_user").await;
    }
}

async fn refuse_requests(tour: &Tour, requests: &[Request], customer: &Person) {
    let token = Some(customer.token.as_str());
    for Request { method, path, body } in requests {
        let unknown_field =
            Request::new(method.as_str(), &format!("{path}?offset=1"), body.clone());
        tour.call(token, &unknown_field, 400, "invalid_request").await;
        for (bytes, code) in [(64 * 1024 + 1, "too_large"), (10 * 1024 * 1024 + 1, "gateway")] {
            let large = json!({"content": "c".repeat(bytes - r#"{"content":""}"#.len())});
            let large = Request::new(method.as_str(), path, large);
            tour.call(token, &large, 413, code).await;
        }
    }
}

async fn refuse_strangers(tour: &Tour, requests: &[Request]) {
    let stranger = tour.stack.customer().await;
    let token = Some(stranger.token.as_str());
    for request in requests.iter().filter(|request| request.path.starts_with("/sessions/")) {
        tour.call(token, request, 404, "session_not_found").await;
        // `/sessions/7/read` without the 7.
        let mut parts: Vec<&str> = request.path.split('/').collect();
        parts[2] = "";
        let nowhere = Request::new(request.method.as_str(), &parts.join("/"), request.body.clone());
        tour.call(token, &nowhere, 404, "gateway").await;
    }
}
