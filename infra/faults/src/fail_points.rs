//! Functions die at each step after a commit; the frame and the push happen all the same.

mod news;
mod scene;

pub use news::{NEWS_DEATHS, NewsDeath};
pub use scene::Scene;

use crate::{outbox, program_folder::ProgramFolder};
use chat_e2e::{PrivateStack, Stack, eventually};
use scene::Staged;
use serde::Serialize;
use std::time::Duration;

/// How long dying may take.
const SOON: Duration = Duration::from_secs(15);
/// Runs of `redeliver` within which everything must have happened.
const RUNS: usize = 2;

/// One way to die.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// Where `send-message` dies.
    pub send_message: Option<&'static str>,
    /// Where `redeliver` dies.
    pub redeliver: Option<&'static str>,
    /// What must be the case for that.
    pub scene: Scene,
}

const fn sending(point: &'static str, scene: Scene) -> Death {
    Death { send_message: Some(point), redeliver: None, scene }
}

const fn pushing(point: &'static str, scene: Scene) -> Death {
    Death { send_message: None, redeliver: Some(point), scene }
}

/// `redeliver` dies over a row that `send-message` died over before.
const fn redelivering(point: &'static str, scene: Scene) -> Death {
    Death { send_message: Some("send-message/answered"), redeliver: Some(point), scene }
}

/// Every fail point, each in the scenes that make a difference to it.
pub const DEATHS: [Death; 23] = [
    sending("send-message/committed", Scene::Offline),
    sending("send-message/committed", Scene::OnlineWithPhone),
    sending("send-message/answered", Scene::Offline),
    sending("send-message/answered", Scene::OnlineWithPhone),
    sending("send-message/answered", Scene::OnlineWithoutPhone),
    sending("send-message/answered", Scene::CustomerWrites),
    sending("send-message/frames-sent", Scene::Offline),
    sending("send-message/frames-sent", Scene::OnlineWithPhone),
    sending("send-message/handed-on", Scene::Offline),
    sending("send-message/done", Scene::Offline),
    sending("send-message/done", Scene::OnlineWithPhone),
    redelivering("redeliver/taken", Scene::Offline),
    redelivering("redeliver/frames-sent", Scene::Offline),
    redelivering("redeliver/frames-sent", Scene::OnlineWithPhone),
    redelivering("redeliver/waiting", Scene::OnlineWithPhone),
    redelivering("redeliver/settled", Scene::CustomerWrites),
    redelivering("redeliver/push-due", Scene::Offline),
    pushing("redeliver/taken", Scene::Offline),
    pushing("redeliver/push-due", Scene::Offline),
    pushing("redeliver/pushed", Scene::Offline),
    pushing("redeliver/settled", Scene::Offline),
    pushing("redeliver/unmapped", Scene::InvalidPhone),
    pushing("redeliver/postponed", Scene::ProviderRefuses),
];

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

/// A stack whose `send-message`, `mark-read` and `redeliver` can be told where to die.
pub struct MortalStack {
    folder: ProgramFolder,
    stack: PrivateStack,
}

impl MortalStack {
    /// Starts one.
    ///
    /// # Panics
    /// When the programs with fail points are not built.
    #[must_use]
    pub fn start() -> Self {
        let folder = ProgramFolder::new().unwrap_or_else(|error| panic!("{error}"));
        let programs = folder.path().to_str().expect("a path of ours is text");
        // The schedule stays out of the way: runs are counted here.
        let settings = [
            ("FUNCTIONS_DIR", programs),
            ("REDELIVER_EVERY_SECONDS", "100000"),
            ("SEND_BURST", "0"),
        ];
        let stack = PrivateStack::start(&settings);
        Self { folder, stack }
    }

    /// Has functions die so, once; then `redeliver` runs until nothing is owed.
    pub async fn survive(&self, death: &Death) -> Survival {
        let stack = self.stack.stack();
        let mut staged = Staged::new(&stack, death.scene).await;
        let told = [("send-message", death.send_message), ("redeliver", death.redeliver)];
        self.tell(&stack, &told).await;
        let fail_point = death.redeliver.or(death.send_message).expect("someone dies");
        let seen = deaths(&stack, fail_point);
        staged.speak().await;
        let mut runs = 0;
        if let (Some(first), Some(_)) = (death.send_message, death.redeliver) {
            eventually(first, SOON, async || (deaths(&stack, first) > 0).then_some(())).await;
            // It does not live to answer.
            stack.run_schedule("redeliver").await.is(500);
            runs += 1;
        }
        let has_died = async || (deaths(&stack, fail_point) > seen).then_some(());
        eventually(fail_point, SOON, has_died).await;
        self.tell(&stack, &told.map(|(function, _)| (function, None))).await;
        staged.recover().await;
        while outbox::rows(&stack).await > 0 && runs <= RUNS {
            // As in the cloud: leases of the dead have run out by the next run.
            outbox::a_minute_passes(&stack).await;
            stack.redeliver().await;
            runs += 1;
        }
        staged.judge(fail_point, runs).await
    }

    /// From now on functions die as told; those that live already are replaced.
    async fn tell(&self, stack: &Stack, told: &[(&str, Option<&str>)]) {
        for (function, point) in told {
            self.folder.set(function, *point);
            stack.kill(function).await;
        }
    }
}

/// How many processes have said that they die there.
fn deaths(stack: &Stack, fail_point: &str) -> usize {
    // The name ends with the line.
    let line = format!("the process dies at the fail point {fail_point}\n");
    stack.log().matches(&line).count()
}
