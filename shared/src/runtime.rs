//! A function's life: cold start, invocations, and work after the answer.
//!
//! Work after the answer is done by an internal Lambda extension: the environment stays awake until
//! the runtime *and* the extension ask for the next event, whereas a spawned task would be frozen.
//! The extension begins once the Runtime API has accepted the answer, so nobody waits for it.

mod after_answer;

use crate::{
    api::{self, Answer, Call, HttpEvent, Request},
    app::App,
    config::{Config, Needs},
    delivery::Delivery,
    directory::Directory,
    error::{Cause, Error},
    fail_point, log,
    store::Statement,
};
use after_answer::{AfterAnswer, Afterwards};
use futures_util::future::BoxFuture;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    convert::Infallible,
    marker::PhantomData,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

/// How one function is set up. Whether it works after its answers is a type, so that the programs of
/// those that do not are linked without what only such work needs.
#[derive(Debug)]
#[must_use]
pub struct Function<W = OnlyAnswers> {
    name: &'static str,
    statements: Vec<&'static Statement>,
    needs: Needs,
    directory: Option<WithDirectory>,
    work: PhantomData<W>,
}

/// What only functions that look people up are linked with.
#[derive(Clone, Copy, Debug)]
struct WithDirectory {
    open: fn(&Config, fn() -> SystemTime) -> Result<Directory, Cause>,
    warm: fn(&App) -> BoxFuture<'_, ()>,
}

/// Has nothing to do once an answer is out.
#[derive(Debug)]
pub struct OnlyAnswers;

/// Its answers may carry a [`Delivery`].
#[derive(Debug)]
pub struct WorksAfterAnswer;

impl Function {
    /// The function of that name.
    pub fn new(name: &'static str) -> Self {
        let needs = Needs { database: false, directory: false, push: false };
        Self { name, statements: Vec::new(), needs, directory: None, work: PhantomData }
    }

    /// Its answers may carry a [`Delivery`].
    pub fn works_after_answer(self) -> Function<WorksAfterAnswer> {
        let Self { name, statements, needs, directory, .. } = self;
        Function { name, statements, needs, directory, work: PhantomData }
    }
}

impl<W: Work> Function<W> {
    /// Works with the chat's database, and prepares these statements at cold start.
    pub fn prepares<const N: usize>(self, statements: [&'static Statement; N]) -> Self {
        let needs = Needs { database: true, ..self.needs };
        Self { statements: statements.to_vec(), needs, ..self }
    }

    /// Looks people up in Jarvis.
    pub fn looks_people_up(self) -> Self {
        let directory = WithDirectory {
            open: |config, now| Directory::new(config.jarvis_url.as_ref(), now),
            warm: |app| Box::pin(app.directory.warm()),
        };
        let needs = Needs { directory: true, ..self.needs };
        Self { needs, directory: Some(directory), ..self }
    }

    /// Sends pushes.
    pub fn pushes(self) -> Self {
        Self { needs: Needs { push: true, ..self.needs }, ..self }
    }

    /// Serves an HTTP operation until the environment is shut down.
    #[allow(clippy::needless_pass_by_value)] // It reads better at its sixteen uses.
    pub fn serve_http<T: Request>(
        self,
        handle: impl AsyncFn(&App, Call<T>) -> Result<Answer, Error>,
    ) -> ExitCode {
        let name = self.name;
        self.looks_people_up().serve(async |app: &App, event: HttpEvent| {
            Ok::<(ApiGatewayV2httpResponse, _), Infallible>(
                api::respond(app, name, &handle, event).await,
            )
        })
    }

    /// Serves events of another shape. An error becomes the invocation's.
    pub fn serve<E, R, F>(
        self,
        handle: impl AsyncFn(&App, E) -> Result<(R, Option<Delivery>), F>,
    ) -> ExitCode
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic> + std::fmt::Debug,
    {
        match self.run(handle) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                eprintln!("{}: {problem}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    fn run<E, R, F>(
        &self,
        handle: impl AsyncFn(&App, E) -> Result<(R, Option<Delivery>), F>,
    ) -> Result<(), String>
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic> + std::fmt::Debug,
    {
        log::start()?;
        fail_point::read_environment();
        let config = Config::from_env(self.needs).map_err(|error| error.to_string())?;
        let now = SystemTime::now;
        let directory = match self.directory {
            Some(with) => (with.open)(&config, now),
            None => Ok(Directory::absent(now)),
        };
        let app = directory.and_then(|it| App::new(config, self.statements.clone(), it, now));
        let app = app.map_err(|cause| cause.to_string())?;
        let threads = tokio::runtime::Builder::new_current_thread().enable_all().build();
        threads
            .map_err(|error| error.to_string())?
            .block_on(self.invocations(Arc::new(app), handle))
            .map_err(|error| error.to_string())
    }

    async fn invocations<E, R, F>(
        &self,
        app: Arc<App>,
        handle: impl AsyncFn(&App, E) -> Result<(R, Option<Delivery>), F>,
    ) -> Result<(), lambda_runtime::Error>
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic> + std::fmt::Debug,
    {
        let directory = async {
            if let Some(with) = self.directory {
                (with.warm)(&app).await;
            }
        };
        tokio::join!(app.db.warm(), directory);
        W::serve(self.name, app, handle).await
    }
}

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

/// How a function without a client reports an error: in the log, in its metrics, and to Lambda.
pub fn failed(app: &App, error: &Error) -> Diagnostic {
    app.metrics.outcome(error.code());
    let error_message = error.cause().map(ToString::to_string).unwrap_or_default();
    tracing::error!(code = error.code(), cause = error_message, "failed");
    Diagnostic { error_type: error.code().to_owned(), error_message }
}
