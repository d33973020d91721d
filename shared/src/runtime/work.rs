//! What the two types of function do with their invocations.

use super::{
    OnlyAnswers, WorksAfterAnswer,
    after_answer::{AfterAnswer, Afterwards},
};
use crate::{app::App, delivery::Delivery};
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What a function does beside answering.
pub trait Work {
    /// Answers invocations until the environment is shut down.
    fn serve<E, R, F>(
        name: &'static str,
        app: Arc<App>,
        handle: impl AsyncFn(&App, E) -> Result<(R, Option<Delivery>), F>,
    ) -> impl Future<Output = Result<(), lambda_runtime::Error>>
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic> + std::fmt::Debug;
}

impl Work for OnlyAnswers {
    async fn serve<E, R, F>(
        name: &'static str,
        app: Arc<App>,
        handle: impl AsyncFn(&App, E) -> Result<(R, Option<Delivery>), F>,
    ) -> Result<(), lambda_runtime::Error>
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic> + std::fmt::Debug,
    {
        let service = service_fn(|event: LambdaEvent<E>| {
            let (app, handle) = (&app, &handle);
            async move {
                let (result, duration) = timed(app, handle, event.payload).await;
                app.metrics.emit(name, duration, (app.now)());
                result.map(|(response, _)| response)
            }
        });
        Runtime::new(service).run().await
    }
}

impl Work for WorksAfterAnswer {
    async fn serve<E, R, F>(
        name: &'static str,
        app: Arc<App>,
        handle: impl AsyncFn(&App, E) -> Result<(R, Option<Delivery>), F>,
    ) -> Result<(), lambda_runtime::Error>
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic> + std::fmt::Debug,
    {
        let after_answer = AfterAnswer::default();
        let service = service_fn(|event: LambdaEvent<E>| {
            let (app, handle, after_answer) = (&app, &handle, &after_answer);
            async move {
                let (result, duration) = timed(app, handle, event.payload).await;
                let (response, delivery) = result?;
                after_answer.put(Afterwards { delivery, duration });
                Ok::<R, F>(response)
            }
        });
        let extension = after_answer.register(name, Arc::clone(&app)).await?;
        let runtime = Runtime::new(service).layer(after_answer.layer());
        tokio::try_join!(runtime.run(), extension)?;
        Ok(())
    }
}

/// One invocation, and how long it took.
async fn timed<E, R>(app: &App, handle: impl AsyncFn(&App, E) -> R, event: E) -> (R, Duration) {
    app.metrics.begin();
    let began = Instant::now();
    // Boxed, since the compiler limits how deep futures may nest in one another.
    let result = Box::pin(handle(app, event)).await;
    (result, began.elapsed())
}
