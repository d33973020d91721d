//! Who hears of a change: every open connection of both sides, but not the one by which it was made, if that is
//! a connection of whoever made it.

use chat::identity::Role;
use chat_testing::{Chat, Event, Operation, Person, Reply, new_id, with_chat};
use serde_json::json;

/// A session with twelve messages, odd ones the customer's, and connections of all kinds of people.
struct World {
    actor: Person,
    session: i64,
    /// What may be named as the connection by which something is done: the actor's, and then those by which it
    /// cannot have been done.
    named: Vec<String>,
    /// Who is online of both sides.
    open: Vec<String>,
}

impl World {
    async fn new(chat: &Chat, role: Role) -> Self {
        let (customer, dentist, session) = chat.conversation().await;
        chat.fill(session, 12).await;
        let (actor, other) =
            if role == Role::Customer { (customer, dentist) } else { (dentist, customer) };
        let (own, second) = (chat.connect(&actor).await, chat.connect(&actor).await);
        let others = chat.connect(&other).await;
        let over = [chat.connect(&actor).await, chat.connect(&other).await];
        for connection in &over {
            chat.set_connection(connection, "expires_at = now()").await;
        }
        let namesakes = chat.connect(&chat.people.namesake(&actor).await).await;
        chat.connect(&chat.people.namesake(&other).await).await;
        let (customer, dentist) = (chat.customer().await, chat.dentist().await);
        let strangers = [chat.connect(&customer).await, chat.connect(&dentist).await];
        let strangers = strangers[usize::from(role == Role::Dentist)].clone();
        let open = vec![own.clone(), second, others.clone()];
        let named = vec![own, others, namesakes, strangers, over[0].clone()];
        Self { actor, session, named, open }
    }

    /// The turn's message of the actor's.
    fn seq(&self, turn: i64) -> i64 {
        2 * turn + if self.actor.role == Role::Customer { 1 } else { 2 }
    }
}

/// The audiences of what is to be delivered, and whether it was made by a connection.
fn told(reply: &Reply) -> Vec<(Vec<String>, bool)> {
    let text = format!("{:?}", reply.delivery);
    let rows = text.split("audience: Audience {").skip(1);
    rows.map(|row| {
        let (audience, rest) = row.split_once('}').unwrap();
        let mut all: Vec<_> = audience.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        all.sort();
        (all, rest.starts_with(", origin: Some"))
    })
    .collect()
}

/// Does something once by each connection that can be named.
async fn check(
    chat: &Chat,
    roles: &[Role],
    operation: Operation,
    fill: impl Fn(Event, &World, i64) -> Event,
) {
    for role in roles {
        let world = World::new(chat, *role).await;
        for (turn, connection) in (0..).zip(&world.named) {
            let event = Event::of(operation, &world.actor).session(world.session);
            let mut event = fill(event, &world, turn);
            event.0["headers"]["chat-connection"] = json!(connection);
            let reply = chat.invoke(operation, event).await;
            assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
            let is_own = turn == 0;
            let mut expected: Vec<_> = world
                .open
                .iter()
                .filter(|open| !(is_own && *open == connection))
                .cloned()
                .collect();
            expected.sort();
            let told = told(&reply);
            assert!(!told.is_empty());
            for row in told {
                assert_eq!(row, (expected.clone(), is_own), "{role:?}, turn {turn}");
            }
        }
    }
}

const BOTH: [Role; 2] = [Role::Customer, Role::Dentist];

#[test]
fn of_a_message() {
    with_chat(async |chat| {
        check(chat, &BOTH, Operation::SendMessage, |event, _, _| {
            event.json(&json!({"client_message_id": new_id(), "content": "hello"}))
        })
        .await;
    });
}

#[test]
fn of_a_message_and_of_what_was_read_before_it() {
    with_chat(async |chat| {
        check(chat, &BOTH, Operation::SendMessage, |event, _, turn| {
            let body =
                json!({"client_message_id": new_id(), "content": "hello", "read_up_to_seq": turn + 1});
            event.json(&body)
        })
        .await;
    });
}

#[test]
fn of_a_correction() {
    with_chat(async |chat| {
        check(chat, &BOTH, Operation::CorrectMessage, |event, world, turn| {
            event.seq(world.seq(turn)).json(&json!({"content": "corrected"}))
        })
        .await;
    });
}

#[test]
fn of_a_retraction() {
    with_chat(async |chat| {
        check(chat, &BOTH, Operation::RetractMessage, |event, world, turn| {
            event.seq(world.seq(turn))
        })
        .await;
    });
}

#[test]
fn of_a_read_mark() {
    with_chat(async |chat| {
        check(chat, &BOTH, Operation::MarkRead, |event, _, turn| {
            event.json(&json!({"up_to_seq": turn + 1}))
        })
        .await;
    });
}

#[test]
fn of_an_archiving_and_an_opening() {
    with_chat(async |chat| {
        check(chat, &[Role::Dentist], Operation::UpdateSession, |event, _, turn| {
            let status = if turn % 2 == 0 { "archived" } else { "active" };
            event.json(&json!({"status": status}))
        })
        .await;
    });
}

#[test]
fn of_a_new_session() {
    with_chat(async |chat| {
        let roles: &[Role] = &BOTH;
        for role in roles {
            let world = World::new(chat, *role).await;
            for (turn, connection) in (0..).zip(&world.named) {
                let (other, field) = match role {
                    Role::Customer => (chat.dentist().await, "dentist_id"),
                    Role::Dentist => (chat.customer().await, "customer_id"),
                };
                if *role == Role::Dentist {
                    // A dentist turns to those whom they know.
                    let former = chat.session(&other, &world.actor).await;
                    chat.archive(former).await;
                }
                let theirs = chat.connect(&other).await;
                let event = Event::of(Operation::CreateSession, &world.actor);
                let mut event = event.json(&json!({field: other.id}));
                event.0["headers"]["chat-connection"] = json!(connection);
                let reply = chat.invoke(Operation::CreateSession, event).await;
                assert_eq!(reply.status, 201, "{}", reply.text);
                let is_own = turn == 0;
                let own = world.open[..2].iter().filter(|open| !(is_own && *open == connection));
                let mut expected: Vec<_> = own.cloned().chain([theirs]).collect();
                expected.sort();
                assert_eq!(told(&reply), [(expected, is_own)], "{role:?}, turn {turn}");
            }
        }
    });
}
