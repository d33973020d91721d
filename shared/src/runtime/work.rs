//! What the two types of function do with their answers.

use crate::{app::App, delivery::Delivery, log};
use futures_util::FutureExt as _;
use lambda_runtime::{Error, LambdaInvocation, Runtime};
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::timeout;
use tower::{Service, util::MapFutureLayer};

/// How long the work may take; well inside every function's timeout, which it counts towards.
const LONGEST_WORK: Duration = Duration::from_secs(5);

/// What a function does beside answering.
pub trait Work: Sized {
    /// What its answers may leave to be done.
    type After: Default;

    /// For the function of that name.
    fn new(name: &'static str, app: Arc<App>) -> Self;

    /// An invocation's answer is there, after so long.
    fn answered(&self, after: Self::After, duration: Duration);

    /// Answers invocations until the environment is shut down.
    fn run<S>(&self, runtime: Runtime<S>) -> impl Future<Output = Result<(), Error>>
    where
        S: Service<LambdaInvocation, Response = (), Error = Error>;
}

/// Has nothing to do once an answer is out.
pub struct OnlyAnswers {
    name: &'static str,
    app: Arc<App>,
}

impl Work for OnlyAnswers {
    type After = ();

    fn new(name: &'static str, app: Arc<App>) -> Self {
        Self { name, app }
    }

    fn answered(&self, (): (), duration: Duration) {
        self.app.metrics.emit(self.name, duration, (self.app.now)());
    }

    async fn run<S>(&self, runtime: Runtime<S>) -> Result<(), Error>
    where
        S: Service<LambdaInvocation, Response = (), Error = Error>,
    {
        runtime.run().await
    }
}

/// Its answers may carry a [`Delivery`], which is carried out once they are out: the environment is
/// frozen when the runtime asks for the next event, and whoever asked has the answer when the Runtime API
/// has it. ("Running code after returning a response from an AWS Lambda function", AWS Compute Blog,
/// on custom runtimes.)
pub struct WorksAfterAnswer {
    name: &'static str,
    app: Arc<App>,
    owed: Mutex<Option<Afterwards>>,
}

/// What an invocation leaves behind.
struct Afterwards {
    delivery: Option<Delivery>,
    /// How long the answer took.
    duration: Duration,
}

impl Work for WorksAfterAnswer {
    type After = Option<Delivery>;

    fn new(name: &'static str, app: Arc<App>) -> Self {
        Self { name, app, owed: Mutex::default() }
    }

    fn answered(&self, delivery: Option<Delivery>, duration: Duration) {
        if let Ok(mut owed) = self.owed.lock() {
            *owed = Some(Afterwards { delivery, duration });
        }
    }

    async fn run<S>(&self, runtime: Runtime<S>) -> Result<(), Error>
    where
        S: Service<LambdaInvocation, Response = (), Error = Error>,
    {
        let and_then_work = MapFutureLayer::new(|answer| async {
            let accepted = answer.await;
            self.work().await;
            accepted
        });
        runtime.layer(and_then_work).run().await
    }
}

impl WorksAfterAnswer {
    /// What the last invocation has left, also if the Runtime API did not take its answer.
    async fn work(&self) {
        let Some(Afterwards { delivery, duration }) =
            self.owed.lock().ok().and_then(|mut owed| owed.take())
        else {
            return;
        };
        if let Some(delivery) = delivery {
            carry_out(delivery, &self.app).await;
        }
        self.app.metrics.emit(self.name, duration, (self.app.now)());
    }
}

/// Bounded in time, and a panic in it costs this delivery alone.
async fn carry_out(delivery: Delivery, app: &App) {
    let work = AssertUnwindSafe(delivery.carry_out(app)).catch_unwind();
    match timeout(LONGEST_WORK, work).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => log::error!("work after the answer panicked"),
        Err(_) => log::warn!("work after the answer took too long"),
    }
}
