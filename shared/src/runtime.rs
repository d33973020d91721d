//! A function's life: cold start, invocations, and work after the answer.
//!
//! Work after the answer is done by an internal Lambda extension: the environment stays awake until
//! the runtime *and* the extension ask for the next event, whereas a spawned task would be frozen.
//! The extension begins once the Runtime API has accepted the answer, so nobody waits for it.

mod after_answer;
mod work;

pub use work::Work;

use crate::{
    api::{self, Answer, Call, HttpEvent, Request},
    app::App,
    config::{Config, Needs},
    delivery::Delivery,
    directory::Directory,
    error::{Cause, Error},
    fail_point, log,
    metrics::Metrics,
    store::{Database, Statement},
};
use futures_util::future::{BoxFuture, join_all};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_runtime::Diagnostic;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    convert::Infallible, marker::PhantomData, process::ExitCode, sync::Arc, time::SystemTime,
};

/// How one function is set up. Whether it works after its answers is a type, so that the programs of
/// those that do not are linked without what only such work needs.
#[derive(Debug)]
#[must_use]
pub struct Function<W = OnlyAnswers> {
    name: &'static str,
    statements: Vec<&'static Statement>,
    needs: Needs,
    parts: Parts,
    work: PhantomData<W>,
}

/// What a function works with, as functions of ours, so that a program is linked without the
/// database's or the directory's driver if it needs none.
#[derive(Debug)]
struct Parts {
    database: OpenDatabase,
    directory: OpenDirectory,
    warm: Vec<fn(&App) -> BoxFuture<'_, ()>>,
}

type OpenDatabase = fn(&Config, Vec<&'static Statement>, Arc<Metrics>) -> Result<Database, Cause>;
type OpenDirectory = fn(&Config, fn() -> SystemTime) -> Result<Directory, Cause>;

impl Default for Parts {
    fn default() -> Self {
        Self {
            database: |_, _, metrics| Ok(Database::absent(metrics)),
            directory: |_, now| Ok(Directory::absent(now)),
            warm: Vec::new(),
        }
    }
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
        Self { name, statements: Vec::new(), needs, parts: Parts::default(), work: PhantomData }
    }

    /// Its answers may carry a [`Delivery`].
    pub fn works_after_answer(self) -> Function<WorksAfterAnswer> {
        let Self { name, statements, needs, parts, .. } = self;
        Function { name, statements, needs, parts, work: PhantomData }
    }
}

impl<W: Work> Function<W> {
    /// Works with the chat's database, and prepares these statements at cold start.
    pub fn prepares<const N: usize>(mut self, statements: [&'static Statement; N]) -> Self {
        self.needs.database = true;
        self.statements = statements.to_vec();
        self.parts.database = Database::new;
        self.parts.warm.push(|app| Box::pin(app.db.warm()));
        self
    }

    /// Looks people up in Jarvis.
    pub fn looks_people_up(mut self) -> Self {
        self.needs.directory = true;
        self.parts.directory = |config, now| Directory::new(config.jarvis_url.as_ref(), now);
        self.parts.warm.push(|app| Box::pin(app.directory.warm()));
        self
    }

    /// Sends pushes.
    pub fn pushes(mut self) -> Self {
        self.needs.push = true;
        self
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
        let app = self.app(config).map_err(|cause| cause.to_string())?;
        let threads = tokio::runtime::Builder::new_current_thread().enable_all().build();
        threads
            .map_err(|error| error.to_string())?
            .block_on(self.invocations(Arc::new(app), handle))
            .map_err(|error| error.to_string())
    }

    fn app(&self, config: Config) -> Result<App, Cause> {
        let (metrics, now) = (Arc::new(Metrics::default()), SystemTime::now);
        let db = (self.parts.database)(&config, self.statements.clone(), Arc::clone(&metrics))?;
        let directory = (self.parts.directory)(&config, now)?;
        Ok(App::new(config, db, directory, metrics, now))
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
        join_all(self.parts.warm.iter().map(|warm| warm(&app))).await;
        W::serve(self.name, app, handle).await
    }
}

/// How a function without a client reports an error: in the log, in its metrics, and to Lambda.
pub fn failed(app: &App, error: &Error) -> Diagnostic {
    app.metrics.outcome(error.code());
    let error_message = error.cause().map(ToString::to_string).unwrap_or_default();
    tracing::error!(code = error.code(), cause = error_message, "failed");
    Diagnostic { error_type: error.code().to_owned(), error_message }
}
