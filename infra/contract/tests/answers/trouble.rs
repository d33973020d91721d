//! What any operation may answer when something that it needs does not work.

use crate::tour::{Request, Tour};
use chat_e2e::{Condition, Dependency, Person, Role, SOON, eventually};
use serde_json::Value;

pub async fn visit(tour: &Tour) {
    let (customer, dentist, session) = tour.stack.conversation().await;
    customer.say(session, "Good morning").await.is(201);
    without_jarvis(tour, &customer, &dentist, session).await;
    without_postgres(tour, &customer, &dentist, session).await;
    in_a_crash(tour, &customer, &dentist, session).await;
}

async fn without_jarvis(tour: &Tour, customer: &Person, dentist: &Person, session: i64) {
    let newcomer = tour.stack.customer().await;
    // Whom the function has looked up before, it remembers.
    let inbox = Request::new("GET", "/sessions", None);
    tour.call(Some(&customer.token), &inbox, 200, "done").await;
    tour.stack.set(Dependency::MySql, Condition::Down).await;
    for request in tour.requests(Role::Customer, session, dentist) {
        tour.call(Some(&newcomer.token), &request, 503, "directory_unavailable").await;
    }
    let sessions = tour.call(Some(&customer.token), &inbox, 200, "done").await;
    assert_eq!(sessions["sessions"][0]["customer"]["name"], Value::Null);
    tour.stack.set(Dependency::MySql, Condition::Up).await;
}

async fn without_postgres(tour: &Tour, customer: &Person, dentist: &Person, session: i64) {
    tour.stack.set(Dependency::Postgres, Condition::Down).await;
    for request in tour.requests(Role::Customer, session, dentist) {
        tour.call(Some(&customer.token), &request, 503, "unavailable").await;
    }
    tour.stack.set(Dependency::Postgres, Condition::Up).await;
}

async fn in_a_crash(tour: &Tour, customer: &Person, dentist: &Person, session: i64) {
    tour.stack.set(Dependency::Postgres, Condition::Frozen).await;
    for request in tour.requests(Role::Customer, session, dentist) {
        let function = tour.function_of(&request);
        let killed = async {
            let busy = async || (tour.stack.statistics(&function).await["busy"] == 1).then_some(());
            eventually("a request at work", SOON, busy).await;
            assert!(tour.stack.kill(&function).await > 0);
        };
        tokio::join!(tour.call(Some(&customer.token), &request, 500, "gateway"), killed);
    }
    tour.stack.set(Dependency::Postgres, Condition::Up).await;
}
