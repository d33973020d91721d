//! The running service: its functions by name.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::error::InvokeError;
use super::function::Function;
use super::launcher::Launcher;
use super::limits::PAYLOAD_LIMIT;
use super::registry::Registry;
use super::request::Request;
use super::runtime_api;
use super::settings::LambdaSettings;
use super::statistics::FunctionStatistics;
use crate::log::Log;

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
                Arc::new(Function::new(function, limit, launcher.clone(), settings.meter.clone())),
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

    /// The name and the ARN of the function that a request means by a name or an ARN, whole or in part,
    /// with a version or without.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(&str, &str)> {
        let id = id.split_once("function:").map_or(id, |(_, rest)| rest);
        let id = id.split(':').next().unwrap_or_default();
        let is_named = |function: &&Arc<Function>| {
            let settings = &function.settings;
            settings.name == id || settings.arn.rsplit(':').next() == Some(id)
        };
        let function = self.functions.values().find(is_named)?;
        Some((&function.settings.name, &function.settings.arn))
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
