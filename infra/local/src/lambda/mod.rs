//! The Lambda service: the functions' own binaries behind the Runtime and Extensions APIs.
//!
//! One request at a time in an environment; more environments on demand up to a limit; a process is
//! frozen whenever neither its runtime nor an extension has anything to do, as on Lambda, so that work
//! after the answer which would never happen there does not happen here.

pub mod control;
mod environment;
mod function;
mod launcher;
mod request;
mod runtime_api;
mod statistics;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{error, fmt, io};

use bytes::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use self::function::Function;
use self::launcher::Launcher;
use self::request::Request;
use self::runtime_api::Registry;
pub use self::statistics::FunctionStatistics;
use crate::log::Log;

/// The region that everything on this machine claims to be in.
pub const REGION: &str = "eu-central-1";
/// The account that everything on this machine claims to belong to.
pub const ACCOUNT_ID: &str = "123456789012";
/// How large a synchronous payload may be, either way.
pub const PAYLOAD_LIMIT: usize = 6 * 1024 * 1024;
/// How long an environment may take to ask for its first invocation.
const INITIALIZATION_LIMIT: Duration = Duration::from_secs(10);

/// What the service needs to know at its start.
#[derive(Clone, Debug)]
pub struct LambdaSettings {
    /// Every function.
    pub functions: Vec<FunctionSettings>,
    /// How many environments one function may have at once.
    pub max_environments: usize,
    /// The credentials that functions find in their environment.
    pub access_key_id: String,
    /// See `access_key_id`.
    pub secret_access_key: String,
}

/// One function.
#[derive(Clone, Debug)]
pub struct FunctionSettings {
    /// Its name.
    pub name: String,
    /// Its program.
    pub binary: PathBuf,
    /// How long one invocation may take, work after the answer included.
    pub timeout: Duration,
    /// Told to the function, not enforced.
    pub memory_mb: u64,
    /// A limit of its own below `max_environments`.
    pub reserved_concurrency: Option<usize>,
    /// Its environment variables but those of Lambda itself.
    pub environment: BTreeMap<String, String>,
}

/// Why an invocation gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokeError {
    /// There is no function of that name.
    NoSuchFunction,
    /// The request is larger than Lambda takes.
    PayloadTooLarge,
    /// The function answered with an error: JSON with `errorType` and `errorMessage`.
    FunctionError(Bytes),
    /// The function did not answer before its timeout or the caller's deadline.
    Timeout(Duration),
    /// The function's process ended, or never became ready; says how.
    Crashed(String),
    /// All environments stayed busy until the caller's deadline, or the stack stops.
    NoEnvironment,
}

impl InvokeError {
    /// The JSON with `errorType` and `errorMessage` that Lambda gives its caller.
    #[must_use]
    pub fn payload(&self) -> Bytes {
        let (kind, message) = match self {
            Self::FunctionError(payload) => return payload.clone(),
            Self::NoSuchFunction => ("ResourceNotFoundException", "Function not found".to_owned()),
            Self::PayloadTooLarge => {
                ("RequestEntityTooLargeException", "The payload is over 6 MB".to_owned())
            }
            Self::Timeout(limit) => (
                "Sandbox.Timedout",
                format!("Task timed out after {:.2} seconds", limit.as_secs_f64()),
            ),
            Self::Crashed(how) => ("Runtime.ExitError", how.clone()),
            Self::NoEnvironment => ("TooManyRequestsException", "Rate Exceeded.".to_owned()),
        };
        Bytes::from(json!({"errorType": kind, "errorMessage": message}).to_string())
    }
}

impl fmt::Display for InvokeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(&self.payload()))
    }
}

impl error::Error for InvokeError {}

/// The running service.
#[derive(Debug)]
pub struct Lambda {
    functions: BTreeMap<String, Arc<Function>>,
    runtime_api: JoinHandle<()>,
}

impl Lambda {
    /// Starts the service; no function's process is started before its first invocation.
    ///
    /// # Errors
    /// A function's binary is missing, or no port can be opened on 127.0.0.1.
    pub async fn start(settings: LambdaSettings, log: &Log) -> io::Result<Arc<Self>> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let registry = Arc::new(Registry::default());
        let launcher = Arc::new(Launcher::start(
            &settings,
            listener.local_addr()?,
            registry.clone(),
            log.clone(),
        )?);
        let mut functions = BTreeMap::new();
        for function in settings.functions {
            if !function.binary.is_file() {
                let what = format!(
                    "function {}: there is no program {}",
                    function.name,
                    function.binary.display()
                );
                return Err(io::Error::new(io::ErrorKind::NotFound, what));
            }
            let limit =
                function.reserved_concurrency.unwrap_or(usize::MAX).min(settings.max_environments);
            functions.insert(
                function.name.clone(),
                Arc::new(Function::new(function, limit, launcher.clone())),
            );
        }
        let runtime_api = tokio::spawn(runtime_api::serve(listener, registry));
        Ok(Arc::new(Self { functions, runtime_api }))
    }

    /// Invokes a function and gives its answer as soon as there is one; work that follows the answer
    /// goes on by itself. Without a deadline it waits for a free environment as long as it takes.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub async fn invoke(
        &self,
        name: &str,
        payload: Bytes,
        deadline: Option<Duration>,
    ) -> Result<Bytes, InvokeError> {
        let function = self.functions.get(name).ok_or(InvokeError::NoSuchFunction)?;
        if payload.len() > PAYLOAD_LIMIT {
            return Err(InvokeError::PayloadTooLarge);
        }
        let (answer, answered) = oneshot::channel();
        let (request, dispatched) = Request::new(payload, answer);
        function.submit(request);
        let answered = async { answered.await.unwrap_or(Err(InvokeError::NoEnvironment)) };
        let Some(deadline) = deadline else { return answered.await };
        match tokio::time::timeout(deadline, answered).await {
            Ok(answer) => answer,
            Err(_) if dispatched.get().is_some() => Err(InvokeError::Timeout(deadline)),
            Err(_) => Err(InvokeError::NoEnvironment),
        }
    }

    /// Kills every environment of a function, busy ones too, and says how many; `None` if there is no
    /// such function.
    #[must_use = "the number says whether anything was there to kill"]
    pub fn kill(&self, name: &str) -> Option<usize> {
        self.functions.get(name).map(|function| function.kill_all("was killed by request"))
    }

    /// The timeout of a function.
    #[must_use]
    pub fn timeout(&self, name: &str) -> Option<Duration> {
        self.functions.get(name).map(|function| function.settings.timeout)
    }

    /// What each function did so far.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionStatistics> {
        self.functions.values().map(|function| function.statistics()).collect()
    }

    /// Kills everything and waits until no process is left.
    pub async fn stop(&self) {
        for function in self.functions.values() {
            function.close();
        }
        for function in self.functions.values() {
            function.ended().await;
        }
        self.runtime_api.abort();
    }
}
