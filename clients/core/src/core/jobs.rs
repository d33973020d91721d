//! What is asked of the service: one request at a time for each job.

use super::{
    Core,
    effect::{Effect, Method, Put, Request},
    input::RequestId,
    state::job::{Asked, Job, Plan, Purpose},
};
use crate::moment::{MINUTE, Millis, SECOND};

/// How long the service may take.
const PATIENCE: Millis = 10 * SECOND;
/// As long as an upload's URL lives.
const UPLOAD_PATIENCE: Millis = 5 * MINUTE;

impl Core {
    pub(super) fn want(&mut self, job: Job) {
        self.todo.insert(job);
    }

    /// Ends waits; `also_asked`: those too that the service asked for.
    pub(super) fn end_waits(&mut self, also_asked: bool) {
        self.lanes.values_mut().for_each(|lane| lane.end_wait(also_asked));
        self.tokens.lane.end_wait(also_asked);
    }

    /// The next request of a job, as things are.
    fn plan(&self, job: Job) -> Option<Plan> {
        match job {
            Job::Farewell => self.plan_farewell(),
            Job::CatchUp => self.plan_catch_up(),
            Job::Send(session) => self.plan_send(session),
            Job::Fill(session) => self.plan_fill(session),
            Job::Mark(session) => self.plan_mark(session),
            Job::Phone => self.plan_phone(),
            Job::Call(wish) => self.plan_call(wish),
        }
    }

    pub(super) fn tend_jobs(&mut self) {
        for job in self.todo.clone() {
            if !self.is_active && job != Job::Farewell {
                continue;
            }
            let lane = self.lanes.entry(job).or_default();
            if lane.in_flight.is_some() || self.at < lane.not_before {
                continue;
            }
            if let Some(plan) = self.plan(job) {
                self.carry_out(job, plan);
            } else {
                self.todo.remove(&job);
                self.lanes.remove(&job);
            }
        }
    }

    fn carry_out(&mut self, job: Job, plan: Plan) {
        match plan {
            Plan::Put { purpose, url, headers } => {
                let Purpose::Put { entry, position, .. } = purpose else { return };
                let id = self.under_way(job, purpose, None, false);
                let within = UPLOAD_PATIENCE;
                self.effect(Effect::Put(Put { id, url, headers, entry, position, within }));
            }
            Plan::Ask { purpose, method, path, body } => {
                let Some((token, serial)) = self.token_now() else { return };
                self.begun(&purpose);
                let body = body.map(|body| body.to_string());
                let connection = self.link.id().map(str::to_owned);
                let is_unheard = connection.is_some() && method != Method::Get;
                let id = self.under_way(job, purpose, Some(serial), is_unheard);
                let within = PATIENCE;
                let request = Request { id, method, path, body, token, connection, within };
                self.effect(Effect::Ask(request));
            }
        }
    }

    fn under_way(
        &mut self,
        job: Job,
        purpose: Purpose,
        token: Option<u64>,
        is_unheard: bool,
    ) -> RequestId {
        let id = self.next_request;
        self.next_request += 1;
        self.lanes.entry(job).or_default().in_flight = Some(id);
        self.requests.insert(id, Asked { job, purpose, token, is_unheard });
        id
    }

    /// What has to be so before a request is made.
    fn begun(&mut self, purpose: &Purpose) {
        match purpose {
            Purpose::Changes { .. } => self.catch_up.begun(),
            Purpose::Send { session, entry, mark } => self.send_begun(*session, *entry, *mark),
            _ => {}
        }
    }

    /// A token, or none yet: then the app is asked for one.
    pub(super) fn token_now(&mut self) -> Option<(String, u64)> {
        if let Some(token) = self.tokens.usable(self.at) {
            return Some((token.text.clone(), token.serial));
        }
        if self.is_active
            && let Some((ask, refused)) = self.tokens.ask(self.at)
        {
            self.effect(Effect::AskToken { ask, refused });
        }
        None
    }
}
