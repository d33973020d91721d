//! A client that saw any mixture of frames, lost frames and catch-ups ends with exactly what a fresh
//! fetch gives.

mod client;

use chat_e2e::{Person, Socket, Stack};
use client::Client;
use proptest::{
    collection::vec,
    prelude::{Strategy, any},
    prop_oneof,
    test_runner::{Config, TestRunner},
};
use serde_json::Value;

/// Something that one of the two does.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Say { dentist: bool },
    Read { dentist: bool, up_to: u8 },
    Archive,
    Reopen,
}

/// What becomes of a deed's frame on its way to a client.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    /// After the next one.
    IsLate,
    /// More than once.
    Repeats,
    IsLost,
}

/// A deed, its frame's fate on the way to either side, and whether that side then catches up.
type Step = (Deed, [(Fate, bool); 2]);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let deed = prop_oneof![
        5 => any::<bool>().prop_map(|dentist| Deed::Say { dentist }),
        3 => (any::<bool>(), any::<u8>()).prop_map(|(dentist, up_to)| Deed::Read { dentist, up_to }),
        1 => proptest::strategy::Just(Deed::Archive),
        1 => proptest::strategy::Just(Deed::Reopen),
    ];
    let fate = prop_oneof![
        5 => proptest::strategy::Just(Fate::Arrives),
        1 => proptest::strategy::Just(Fate::IsLate),
        1 => proptest::strategy::Just(Fate::Repeats),
        1 => proptest::strategy::Just(Fate::IsLost),
    ];
    let way = (fate, proptest::bool::weighted(0.1));
    vec((deed, [way.clone().boxed(), way.boxed()]), 4..16)
}

/// One side: a client's memory, its connection, and a frame that is late.
struct Side {
    person: Person,
    socket: Socket,
    client: Client,
    late: Option<Value>,
}

#[test]
fn frames_and_catch_ups_add_up_to_a_fresh_fetch() {
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config =
        Config { cases: 12, max_shrink_iters: 24, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&steps(), |steps| {
        threads.block_on(check(&steps));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}

async fn check(steps: &[Step]) {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let mut sides = [Side::new(customer, session).await, Side::new(dentist, session).await];
    for (deed, ways) in steps {
        let Some(kind) = act(&sides, session, *deed).await else { continue };
        for (side, (fate, catches_up)) in sides.iter_mut().zip(ways) {
            let frame = side.socket.expect(kind).await;
            side.take(frame, *fate);
            if *catches_up {
                side.client.catch_up(&side.person).await;
            }
        }
    }
    for side in &mut sides {
        side.finish(session).await;
    }
}

/// Does it; gives the type of the frame that follows, if one does.
async fn act([customer, dentist]: &[Side; 2], session: i64, deed: Deed) -> Option<&'static str> {
    let person = |is_dentist: bool| if is_dentist { &dentist.person } else { &customer.person };
    match deed {
        Deed::Say { dentist } => {
            let reply = person(dentist).say(session, "…").await;
            (reply.status == 201).then_some("message.created")
        }
        Deed::Read { dentist, up_to } => {
            let seen = person(dentist).get_session(session).await;
            let last = seen.expect(200)["last_seq"].as_i64().unwrap();
            let up_to = i64::from(up_to) % (last + 1);
            let field = if dentist { "dentist_read_seq" } else { "customer_read_seq" };
            person(dentist).mark_read(session, up_to).await.is(200);
            (up_to > seen.body[field].as_i64().unwrap()).then_some("messages.read")
        }
        Deed::Archive | Deed::Reopen => {
            let status = if matches!(deed, Deed::Archive) { "archived" } else { "active" };
            let before = person(true).get_session(session).await;
            person(true).update_session(session, status).await.is(200);
            (before.expect(200)["status"] != status).then_some("session.updated")
        }
    }
}

impl Side {
    async fn new(person: Person, session: i64) -> Self {
        let socket = person.connect().await;
        let client = Client::start(&person, session).await;
        Self { person, socket, client, late: None }
    }

    fn take(&mut self, frame: Value, fate: Fate) {
        match fate {
            Fate::Arrives => self.client.hear(&frame),
            Fate::Repeats => (0..2).for_each(|_| self.client.hear(&frame)),
            Fate::IsLost => self.client.has_gaps = true,
            Fate::IsLate => {
                if let Some(earlier) = self.late.replace(frame) {
                    self.client.hear(&earlier);
                }
                return;
            }
        }
        if let Some(late) = self.late.take() {
            self.client.hear(&late);
        }
    }

    /// Frames alone are enough where none was lost; otherwise the client catches up, once.
    async fn finish(&mut self, session: i64) {
        if let Some(late) = self.late.take() {
            self.client.hear(&late);
        }
        if self.client.has_gaps {
            self.client.catch_up(&self.person).await;
        }
        let fresh = self.person.get_session(session).await.expect(200).clone();
        assert_eq!(self.client.session(), fresh);
        assert_eq!(self.client.messages(), self.person.all_messages(session).await);
    }
}
