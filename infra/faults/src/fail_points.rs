//! Functions die at each step after a commit; the frame and the push happen all the same.

mod marks;
mod mortal_stack;
mod scene;

pub use marks::{MARK_DEATHS, MarkDeath};
pub use mortal_stack::MortalStack;
pub use scene::{Scene, Survival};

use crate::outbox;
use chat_e2e::eventually;
use mortal_stack::{RUNS, SOON, deaths};
use scene::Staged;

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
    Death { send_message: Some("delivery/answered"), redeliver: Some(point), scene }
}

/// Every fail point, each in the scenes that make a difference to it.
pub const DEATHS: [Death; 23] = [
    sending("send-message/committed", Scene::Offline),
    sending("send-message/committed", Scene::OnlineWithPhone),
    sending("delivery/answered", Scene::Offline),
    sending("delivery/answered", Scene::OnlineWithPhone),
    sending("delivery/answered", Scene::OnlineWithoutPhone),
    sending("delivery/answered", Scene::CustomerWrites),
    sending("delivery/frames-sent", Scene::Offline),
    sending("delivery/frames-sent", Scene::OnlineWithPhone),
    sending("delivery/frames-settled", Scene::Offline),
    sending("delivery/rung", Scene::Offline),
    sending("delivery/done", Scene::Offline),
    sending("delivery/done", Scene::OnlineWithPhone),
    redelivering("redeliver/taken", Scene::Offline),
    redelivering("delivery/frames-sent", Scene::Offline),
    redelivering("delivery/frames-sent", Scene::OnlineWithPhone),
    redelivering("delivery/frames-settled", Scene::CustomerWrites),
    redelivering("redeliver/push-due", Scene::Offline),
    pushing("redeliver/taken", Scene::Offline),
    pushing("redeliver/push-due", Scene::Offline),
    pushing("redeliver/pushed", Scene::Offline),
    pushing("redeliver/push-settled", Scene::Offline),
    pushing("redeliver/unmapped", Scene::InvalidPhone),
    pushing("redeliver/postponed", Scene::ProviderRefuses),
];

impl MortalStack {
    /// Has functions die so, once; then `redeliver` runs until nothing is owed.
    pub async fn survive(&self, death: &Death) -> Survival {
        let stack = self.stack.stack();
        // Nobody counts on a wake of the death before.
        outbox::a_minute_passes(&stack).await;
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
}
