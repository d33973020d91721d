//! Who is there when a function dies, how the provider is, and what must come of it.

use super::mortal_stack::RUNS;
use crate::outbox;
use chat_e2e::{Behavior, Person, Socket, Stack, new_id};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Who is there, and how the provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// The customer is offline and has a phone.
    Offline,
    /// The customer is online, does not read, and has a phone.
    OnlineWithPhone,
    /// The customer is online and has no phone.
    OnlineWithoutPhone,
    /// It is the customer who writes, and the dentist who is online.
    CustomerWrites,
    /// As `Offline`, and the provider refuses until the death.
    ProviderRefuses,
    /// As `Offline`, and the provider calls the phone invalid.
    InvalidPhone,
}

impl Scene {
    const fn has_phone(self) -> bool {
        !matches!(self, Self::OnlineWithoutPhone | Self::CustomerWrites)
    }
}

/// What came of a death.
#[derive(Clone, Debug, Serialize)]
pub struct Survival {
    /// Where it was.
    pub fail_point: &'static str,
    /// What was the case.
    pub scene: String,
    /// Runs of `redeliver` until nothing was owed, the one that died included.
    pub runs: usize,
    /// Frames that the listener got.
    pub frames: usize,
    /// Requests that the provider received.
    pub pushes: usize,
    /// Their idempotency keys.
    pub keys: usize,
    /// Promises that were broken.
    pub broken: Vec<String>,
}

/// A scene with people in it.
pub(super) struct Staged {
    stack: Stack,
    scene: Scene,
    writer: Person,
    session: i64,
    player: String,
    /// The customer's connection, or one of the dentist's other devices.
    listener: Socket,
    message: Value,
    /// What the writer was answered.
    status: u16,
}

impl Staged {
    pub(super) async fn new(stack: &Stack, scene: Scene) -> Self {
        let (customer, dentist, session) = stack.conversation().await;
        let player = new_id();
        if scene.has_phone() {
            customer.register_player(&player).await.is(200);
        }
        let is_online = matches!(scene, Scene::OnlineWithPhone | Scene::OnlineWithoutPhone);
        let listener = if is_online { customer.connect().await } else { dentist.connect().await };
        stack.provider_behaves(&behavior(scene, &player)).await;
        let message = json!({"client_message_id": new_id(), "content": "Your crown is here."});
        let writer = if scene == Scene::CustomerWrites { customer } else { dentist };
        let stack = stack.clone();
        Self { stack, scene, writer, session, player, listener, message, status: 0 }
    }

    /// Someone writes; whoever answers may die over it.
    pub(super) async fn speak(&mut self) {
        self.status = self.writer.send(self.session, &self.message).await.status;
    }

    /// Everything works again, and a writer without an answer asks again.
    pub(super) async fn recover(&mut self) {
        if self.scene == Scene::ProviderRefuses {
            self.stack.provider_behaves(&Behavior::default()).await;
        }
        if self.status != 201 {
            // It was stored: this is the earlier one.
            self.writer.send(self.session, &self.message).await.is(200);
        }
    }

    /// What came of it.
    pub(super) async fn judge(mut self, fail_point: &'static str, runs: usize) -> Survival {
        let heard = self.listener.until_pong().await;
        let is_it = |frame: &&Value| {
            frame["type"] == "message.created"
                && frame["session_id"] == self.session
                && frame["message"]["client_message_id"] == self.message["client_message_id"]
        };
        let frames = heard.iter().filter(is_it).count();
        let pushes = self.stack.pushes_to(&self.player).await;
        let accepted = pushes.iter().filter(|push| push.status == Some(200)).count();
        let keys: BTreeSet<_> =
            pushes.iter().map(|push| push.body["idempotency_key"].to_string()).collect();
        let wanted_keys = usize::from(self.scene.has_phone());
        let messages = self.writer.all_messages(self.session).await.len();
        let is_to_be_mapped = self.scene.has_phone() && self.scene != Scene::InvalidPhone;
        let answer = if fail_point == "send-message/committed" { 500 } else { 201 };
        let owed = outbox::rows(&self.stack).await;
        let promises = [
            ("the writer is answered unless nobody lived to answer", self.status == answer),
            ("the message is there once", messages == 1),
            ("the frame reaches the listener", frames >= 1),
            ("the push reaches the provider", accepted >= wanted_keys),
            ("a message has one idempotency key", keys.len() == wanted_keys),
            ("nothing is owed", owed == 0),
            ("redeliver needs two runs at most", runs <= RUNS),
            ("an invalid phone is unmapped", self.is_mapped().await == is_to_be_mapped),
        ];
        let broken = promises.iter().filter(|(_, holds)| !holds);
        let broken = broken.map(|(promise, _)| (*promise).to_owned()).collect();
        let (scene, pushes, keys) = (format!("{:?}", self.scene), pushes.len(), keys.len());
        Survival { fail_point, scene, runs, frames, pushes, keys, broken }
    }

    async fn is_mapped(&self) -> bool {
        let sql = format!(
            "SELECT count(*) FROM customer_notification_mapping WHERE onesignal_player_id = '{}'",
            self.player
        );
        self.stack.database().await.number(&sql).await > 0
    }
}

fn behavior(scene: Scene, player: &str) -> Behavior {
    match scene {
        Scene::ProviderRefuses => Behavior { status: 500, ..Behavior::default() },
        Scene::InvalidPhone => Behavior { invalid: vec![player.to_owned()], ..Behavior::default() },
        _ => Behavior::default(),
    }
}
