//! Exports of the same records by more than one invocation, at the same instant or where another stood still:
//! each goes on, or says that another is at work, and none harms another's.

use crate::help::{entry, exported, image, own_ids};
use chat::error::Error;
use chat_testing::{Chat, Environment, Person, new_id, with_chat};
use serde_json::{Value, json};
use std::{future::poll_fn, pin::Pin, task::Poll};

/// Its bytes are there, and have the hash that was said.
async fn assert_whole(chat: &Chat, answer: &Value) {
    let zip = exported(chat, answer).await;
    let records: Value = serde_json::from_slice(&entry(&zip, "records.json")).unwrap();
    assert!(records["sessions"][0]["messages"].as_array().unwrap().len() >= 3);
}

/// Has an invocation run until something has come of it, and leaves it there, as a frozen environment would be.
/// Step by step: it stands still while somebody looks, so that nothing that comes of it is overlooked. What it
/// answered, if it ended first.
async fn runs_until<T>(
    run: &mut (impl Future<Output = T> + Unpin),
    has_come: impl AsyncFn() -> bool,
) -> Result<(), T> {
    while !has_come().await {
        let step = poll_fn(|context| Poll::Ready(Pin::new(&mut *run).poll(context)));
        if let Poll::Ready(ended) = step.await {
            return Err(ended);
        }
    }
    Ok(())
}

/// A session with some messages, what asks for its export in two environments, and a third in which it is
/// changed: one that stands still serves nobody.
struct Race<'a> {
    chat: &'a Chat,
    environments: Vec<Environment>,
    customer: Person,
    session: i64,
    event: Value,
}

impl<'a> Race<'a> {
    async fn new(chat: &'a Chat) -> Self {
        own_ids(chat).await;
        let (customer, _, session) = chat.conversation().await;
        let environments = chat.environments(3, &[("SEND_BURST", "0")]).await;
        let key = chat.upload(&customer, session, image(300)).await;
        let body = json!({"client_message_id": new_id(), "image_urls": [key]});
        assert_eq!(chat.send(&customer, session, &body).await.status, 201);
        for word in ["one", "two", "three"] {
            chat.say(&customer, session, word).await;
        }
        Self { chat, environments, customer, session, event: json!({"session_id": session}) }
    }

    /// An export that one of the two environments is asked for.
    fn export(&self, number: usize) -> Pin<Box<impl Future<Output = Value>>> {
        let environment = &self.environments[number];
        Box::pin(async { answered(environment.try_duty("export-records", &self.event).await) })
    }

    /// What is exported is not the same any more.
    async fn change(&self) {
        let text = new_id();
        let environment = &self.environments[2];
        let corrected = environment.correct(&self.customer, self.session, 2, &text).await;
        assert_eq!(corrected.status, 200);
        environment.say(&self.customer, self.session, "another").await;
    }

    /// Where the unfinished export has its notes; none if there is none.
    async fn folder(&self) -> Option<String> {
        let sql = "SELECT id::text FROM exports WHERE session_id = $1 AND finished_at IS NULL";
        let rows = self.chat.database.rows(sql, &[&self.session]).await;
        let id: String = rows.first()?.get(0);
        Some(format!("exports/session-{}/{id}/", self.session))
    }

    /// Whether somebody works on an export and has noted that nothing is written yet.
    async fn is_begun(&self) -> bool {
        let Some(folder) = self.folder().await else { return false };
        !self.chat.app().vault.keys(&folder, None).await.unwrap().is_empty()
    }

    /// Has an invocation run until it has noted that nothing is written yet, and says where that is.
    async fn begun(&self, run: &mut (impl Future<Output = Value> + Unpin)) -> String {
        assert_eq!(runs_until(run, async || self.is_begun().await).await, Ok(()));
        self.folder().await.unwrap()
    }

    /// The answers of all and of one more are of exports that are whole, or say that another was at work.
    async fn ends(&self, answers: Vec<Value>) {
        let after = self.export(0).await;
        assert!(after["export"].is_object(), "{after}");
        for answer in answers.iter().chain([&after]) {
            if answer["export"].is_object() {
                assert_whole(self.chat, answer).await;
            } else {
                assert_eq!(answer["code"], "records_busy");
            }
        }
    }
}

fn answered(answer: Result<Value, Error>) -> Value {
    answer.unwrap_or_else(|error| panic!("an answer that does not say how it stands: {error:?}"))
}

#[test]
fn exports_at_the_same_instant_never_harm_one_another() {
    with_chat(async |chat| {
        let race = Race::new(chat).await;
        for _ in 0..5 {
            let changes = async {
                race.change().await;
                race.change().await;
            };
            let (first, second, ()) = tokio::join!(race.export(0), race.export(1), changes);
            race.ends(vec![first, second]).await;
        }
    });
}

#[test]
fn an_export_that_stood_still_does_not_write_over_what_another_has_noted() {
    with_chat(async |chat| {
        let race = Race::new(chat).await;
        let (mut slow, mut fast) = (race.export(0), race.export(1));
        let folder = race.begun(&mut slow).await;
        race.change().await;
        let last = format!("{folder}last.json");
        let noted = async || chat.app().vault.exists(&last).await.unwrap();
        assert_eq!(runs_until(&mut fast, noted).await, Ok(()));
        race.change().await;
        let slow = slow.await;
        race.ends(vec![slow, fast.await]).await;
    });
}

#[test]
fn an_export_that_stood_still_until_it_was_whole_is_the_same_for_whoever_comes_late() {
    with_chat(async |chat| {
        let race = Race::new(chat).await;
        let mut slow = race.export(0);
        let has_begun = async || race.folder().await.is_some();
        assert_eq!(runs_until(&mut slow, has_begun).await, Ok(()));
        let fast = race.export(1).await;
        assert!(fast["export"].is_object(), "{fast}");
        race.change().await;
        race.ends(vec![slow.await, fast]).await;
    });
}

#[test]
fn a_part_takes_no_number_that_another_invocation_has_claimed() {
    with_chat(async |chat| {
        let race = Race::new(chat).await;
        let mut slow = race.export(0);
        let folder = race.begun(&mut slow).await;
        // It will never come to this part: another claims its place, and stands still for ever.
        drop(slow);
        let vault = &chat.app().vault;
        let place = format!("{folder}parts/place-00001.json");
        assert!(vault.write_once(&place, "{}".to_owned()).await.unwrap());
        let answer = race.export(1).await;
        assert_whole(chat, &answer).await;
        let note = vault.read(&format!("{folder}last.json")).await.unwrap().unwrap();
        let note: Value = serde_json::from_slice(&note).unwrap();
        assert_eq!(note["parts"][0]["number"], 2);
    });
}
