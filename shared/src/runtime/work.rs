//! What the two types of function do with their answers.

use super::after_answer::{AfterAnswer, Afterwards};
use crate::{app::App, delivery::Delivery};
use lambda_runtime::{Error, LambdaInvocation, Runtime};
use std::{sync::Arc, time::Duration};
use tower::{Service, util::MapFutureLayer};

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

/// Its answers may carry a [`Delivery`], which is carried out once they are out.
pub struct WorksAfterAnswer {
    name: &'static str,
    app: Arc<App>,
    after_answer: AfterAnswer,
}

impl Work for WorksAfterAnswer {
    type After = Option<Delivery>;

    fn new(name: &'static str, app: Arc<App>) -> Self {
        Self { name, app, after_answer: AfterAnswer::default() }
    }

    fn answered(&self, delivery: Option<Delivery>, duration: Duration) {
        self.after_answer.put(Afterwards { delivery, duration });
    }

    async fn run<S>(&self, runtime: Runtime<S>) -> Result<(), Error>
    where
        S: Service<LambdaInvocation, Response = (), Error = Error>,
    {
        let extension = self.after_answer.register(self.name, Arc::clone(&self.app)).await?;
        let runtime = runtime.layer(MapFutureLayer::new(|answer| {
            let answering = self.after_answer.answering();
            async move {
                let accepted = answer.await;
                drop(answering);
                accepted
            }
        }));
        tokio::try_join!(runtime.run(), extension)?;
        Ok(())
    }
}
