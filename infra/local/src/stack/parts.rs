//! What of a stack runs, and how it stops.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::{JoinHandle, JoinSet};

use crate::databases::DatabaseServer;
use crate::lambda::Lambda;
use crate::switchable::SwitchableServer;

/// Something that runs until it is stopped.
pub(super) enum Part {
    Database(Arc<DatabaseServer>),
    Lambda(Arc<Lambda>),
    StandIn(Arc<SwitchableServer>),
    Task(JoinHandle<()>),
}

/// What is to be stopped, in the order of its start, from the moment it may run.
#[derive(Default)]
pub(super) struct Parts(Mutex<Vec<Part>>);

impl Parts {
    pub(super) fn add(&self, part: Part) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// Stops every part; none of them runs when it returns.
    pub(super) async fn stop(&self) {
        let mut parts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut stopping = JoinSet::new();
        // What asks stops before what answers, and the databases, which take longest, side by side.
        while let Some(part) = parts.pop() {
            match part {
                Part::Task(task) => task.abort(),
                Part::StandIn(stand_in) => stand_in.down().await,
                Part::Lambda(lambda) => lambda.stop().await,
                Part::Database(server) => {
                    stopping.spawn(async move { server.stop().await });
                }
            }
        }
        stopping.join_all().await;
    }
}
