//! A function's life: cold start, invocations, and work after the answer.
//!
//! Work after the answer is done between the answer and asking for the next event: whoever asked has the
//! answer already, and the environment is awake, whereas a spawned task would be frozen.
#![allow(clippy::needless_pass_by_value, reason = "a handler by value reads better at its uses")]

mod event;
mod work;

pub use work::{OnlyAnswers, Work, WorksAfterAnswer};

use crate::{
    api::{self, Answer, Call, HttpEvent, Request, Response},
    app::App,
    audit::Audit,
    clock,
    config::{Config, Needs},
    directory::Directory,
    error::{Cause, Error},
    fail_point,
    http::Http,
    log,
    metrics::Metrics,
    records::Answered,
    store::{Database, Statement},
    tls::Trust,
};
use event::{Event, Nothing, Unreadable};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    convert::Infallible, marker::PhantomData, panic::AssertUnwindSafe, process::ExitCode,
    sync::Arc, time::SystemTime,
};

/// How one function is set up. Whether it works after its answers is a type: a function that does not
/// cannot answer with a delivery, and its program is linked without what only such work needs.
#[derive(Debug)]
#[must_use]
pub struct Function<W = OnlyAnswers> {
    name: &'static str,
    statements: &'static [&'static Statement],
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

type OpenDatabase = fn(
    &Config,
    &'static [&'static Statement],
    fn() -> SystemTime,
    &Http,
    Arc<Metrics>,
) -> Result<Database, Cause>;
type OpenDirectory =
    fn(&Config, fn() -> SystemTime, &Http, Arc<Metrics>) -> Result<Directory, Cause>;

impl Default for Parts {
    fn default() -> Self {
        Self {
            database: |_, _, _, _, metrics| Ok(Database::absent(metrics)),
            directory: |_, now, _, _| Ok(Directory::absent(now)),
            warm: Vec::new(),
        }
    }
}

impl Function {
    /// The function of that name.
    pub fn new(name: &'static str) -> Self {
        let needs = Needs { database: false, directory: false, push: false };
        Self { name, statements: &[], needs, parts: Parts::default(), work: PhantomData }
    }

    /// Its answers may carry a delivery.
    pub fn works_after_answer(self) -> Function<WorksAfterAnswer> {
        let Self { name, statements, needs, parts, .. } = self;
        Function { name, statements, needs, parts, work: PhantomData }
    }

    /// Serves a job: invoked by a schedule or an operator, with no caller to identify. An error becomes
    /// the invocation's.
    pub fn serve_job<R: Serialize>(
        self,
        run: impl AsyncFn(&App, Value) -> Result<R, Error>,
    ) -> ExitCode {
        let name = self.name;
        self.serve(async |app: &App, event: Value| {
            let result = run(app, event).await;
            let outcome = result.as_ref().map_or_else(Error::code, |_| "done");
            Audit::of(name, "", outcome).write(app);
            result.map(|report| (report, ())).map_err(|error| failed(&error))
        })
    }
}

impl Function {
    /// Serves a duty of an operator's: asked for by an event, answered with what was done or why not. What
    /// fails becomes the invocation's.
    pub fn serve_duty(self, run: impl AsyncFn(&App, Value) -> Result<Answered, Error>) -> ExitCode {
        let name = self.name;
        self.serve(async |app: &App, event: Value| {
            let result = Box::pin(run(app, event)).await.or_else(Answered::invalid);
            let outcome = result.as_ref().map_or_else(Error::code, |answered| answered.outcome);
            let mut audit = Audit::of(name, "", outcome);
            if let Ok(answered) = &result {
                (audit.customer, audit.dentist) = (answered.customer, answered.dentist);
                audit.session = answered.session;
            }
            audit.write(app);
            result.map(|answered| (answered.answer, ())).map_err(|error| failed(&error))
        })
    }
}

impl<W: Work> Function<W> {
    /// Works with the chat's database, and runs these statements, which are prepared at cold start; it
    /// cannot run others.
    pub fn runs(mut self, statements: &'static [&'static Statement]) -> Self {
        self.needs.database = true;
        self.statements = statements;
        self.parts.database = Database::new;
        self.parts.warm.push(|app| Box::pin(app.db.warm()));
        self
    }

    /// Looks people up in Jarvis, to which it connects when it first has to.
    pub fn looks_people_up(mut self) -> Self {
        self.needs.directory = true;
        self.parts.directory = |config, now, http, metrics| {
            Ok(Directory::new(config.jarvis.as_ref(), now, http)?.counting(metrics))
        };
        self
    }

    /// Sends pushes.
    pub fn pushes(mut self) -> Self {
        self.needs.push = true;
        self
    }

    /// Serves an HTTP operation until the environment is shut down. Each has a caller to look up, so it
    /// connects to Jarvis at cold start.
    pub fn serve_http<T: Request>(
        self,
        handle: impl AsyncFn(&App, Call<T>) -> Result<Answer<W::After>, Error>,
    ) -> ExitCode {
        let name = self.name;
        let mut function = self.looks_people_up();
        function.parts.warm.push(|app| Box::pin(app.directory.warm()));
        function.serve(async |app: &App, event: HttpEvent| {
            Ok::<(Response, _), Infallible>(api::respond(app, name, &handle, event).await)
        })
    }

    /// Serves events of another shape. An error becomes the invocation's, and so does a panic.
    pub fn serve<E, R, F>(
        self,
        handle: impl AsyncFn(&App, E) -> Result<(R, W::After), F>,
    ) -> ExitCode
    where
        E: DeserializeOwned,
        R: Serialize,
        F: Into<Diagnostic>,
    {
        let invocations = async |app: Arc<App>| {
            let work = W::new(self.name, Arc::clone(&app));
            let event = Event::default();
            let service = service_fn(|_: LambdaEvent<Nothing>| {
                let (app, handle, work, event) = (&app, &handle, &work, &event);
                async move {
                    app.metrics.begin();
                    let began = clock::instant();
                    let (response, after) = match answer(app, handle, event).await {
                        Ok((response, after)) => (Ok(response), after),
                        Err(diagnostic) => (Err(diagnostic), W::After::default()),
                    };
                    work.answered(after, began.elapsed());
                    response
                }
            });
            work.run(Runtime::new(service).layer(event.taken_off())).await
        };
        match self.start(invocations) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                eprintln!("{}: {problem}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    /// A cold start, and then the invocations.
    fn start(
        &self,
        invocations: impl AsyncFnOnce(Arc<App>) -> Result<(), lambda_runtime::Error>,
    ) -> Result<(), String> {
        log::start()?;
        fail_point::read_environment();
        let config = Config::from_env(self.needs).map_err(|error| error.to_string())?;
        let app = Arc::new(self.app(config).map_err(|cause| cause.to_string())?);
        let threads = tokio::runtime::Builder::new_current_thread().enable_all().build();
        threads.map_err(|error| error.to_string())?.block_on(async {
            join_all(self.parts.warm.iter().map(|warm| warm(&app))).await;
            invocations(app).await.map_err(|error| error.to_string())
        })
    }

    fn app(&self, config: Config) -> Result<App, Cause> {
        let (metrics, now) = (Arc::new(Metrics::default()), clock::now);
        let http = Http::new(Trust::new(config.ca_bundle.as_deref())?);
        let db = (self.parts.database)(&config, self.statements, now, &http, Arc::clone(&metrics))?;
        let directory = (self.parts.directory)(&config, now, &http, Arc::clone(&metrics))?;
        Ok(App::new(config, db, directory, http, metrics, now))
    }
}

/// What the function makes of the event. A panic is an error of the invocation.
async fn answer<E: DeserializeOwned, R, A, F: Into<Diagnostic>>(
    app: &App,
    handle: &impl AsyncFn(&App, E) -> Result<(R, A), F>,
    event: &Event<E>,
) -> Result<(R, A), Diagnostic> {
    let event = event.take().map_err(|unreadable| refused(app, &unreadable))?;
    // Boxed, since the compiler limits how deep futures may nest in one another.
    let answer = AssertUnwindSafe(Box::pin(handle(app, event)));
    match answer.catch_unwind().await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(panicked(app)),
    }
}

/// How a function without a client reports an error: in the log, and to Lambda.
pub fn failed(error: &Error) -> Diagnostic {
    let error_message = error.cause().map(ToString::to_string).unwrap_or_default();
    log::error!(code = error.code(), cause = error_message, "failed");
    Diagnostic { error_type: error.code().to_owned(), error_message }
}

/// No client sees it: API Gateway's events can all be read, whatever they lack.
fn refused(app: &App, Unreadable { column }: &Unreadable) -> Diagnostic {
    app.metrics.outcome("invalid_request");
    let error_message = format!("the event is of another shape at byte {column}");
    log::error!(code = "invalid_request", cause = error_message, "failed");
    Diagnostic { error_type: "invalid_request".to_owned(), error_message }
}

fn panicked(app: &App) -> Diagnostic {
    app.metrics.outcome("internal");
    Diagnostic { error_type: "internal".to_owned(), error_message: "panicked".to_owned() }
}
