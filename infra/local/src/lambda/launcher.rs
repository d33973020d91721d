//! Starts the functions' processes and watches over them.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;

use super::environment::{Environment, Owner};
use super::error::InvokeError;
use super::governor::Governor;
use super::registry::Registry;
use super::settings::{FunctionSettings, LambdaSettings};
use crate::aws_names::REGION;
use crate::bill::Meter;
use crate::log::Log;

/// What a function may see of the stack's own environment.
const PASSED_ON: &[&str] = &["PATH", "RUST_BACKTRACE", "TZ"];

/// Starts processes from one thread that lives as long as the service: Linux sends the signal that
/// makes the functions end with the stack when the starting *thread* ends.
#[derive(Debug)]
pub(super) struct Launcher {
    launches: Sender<(Arc<Environment>, Command)>,
    registry: Arc<Registry>,
    address: SocketAddr,
    base: BTreeMap<String, String>,
    last_id: AtomicU64,
}

impl Launcher {
    pub(super) fn start(
        settings: &LambdaSettings,
        address: SocketAddr,
        registry: Arc<Registry>,
        log: Log,
    ) -> io::Result<Self> {
        let (launches, queue) = channel::<(Arc<Environment>, Command)>();
        let handle = Handle::current();
        let known = registry.clone();
        let governor = settings.cpu_share.map(Governor::start).transpose()?;
        let meter = settings.meter.clone();
        thread::Builder::new().name("launcher".to_owned()).spawn(move || {
            let _runtime = handle.enter();
            for (environment, command) in queue {
                if let Some(governor) = &governor {
                    governor.watch(&environment);
                }
                launch(environment, command, &known, &log, &meter);
            }
        })?;
        Ok(Self {
            launches,
            registry,
            address,
            base: base_environment(),
            last_id: AtomicU64::new(0),
        })
    }

    /// An environment whose process is on its way.
    pub(super) fn launch(
        &self,
        settings: &Arc<FunctionSettings>,
        owner: Arc<dyn Owner>,
    ) -> Arc<Environment> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let environment = Arc::new(Environment::new(id, settings.clone(), owner));
        self.registry.insert(&environment);
        let command = self.command(settings, id);
        // The thread ends after the last handle to this sender.
        let _ = self.launches.send((environment.clone(), command));
        environment
    }

    /// The function's process, which ends with the stack even when the stack is killed.
    fn command(&self, settings: &FunctionSettings, id: u64) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&settings.binary);
        command.env_clear().envs(&self.base);
        command.env("AWS_LAMBDA_RUNTIME_API", format!("http://{}/{id}", self.address));
        command.env("AWS_LAMBDA_FUNCTION_NAME", &settings.name);
        command.env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mb.to_string());
        command.env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", settings.name));
        command.env("AWS_LAMBDA_LOG_STREAM_NAME", format!("local/[$LATEST]{id}"));
        if let Some(folder) = settings.binary.parent() {
            command.env("LAMBDA_TASK_ROOT", folder);
        }
        command.envs(&settings.environment);
        command.process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

fn base_environment() -> BTreeMap<String, String> {
    let fixed = [
        ("_HANDLER", "bootstrap"),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_REGION", REGION),
    ];
    let passed_on = PASSED_ON.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
    let fixed = fixed.into_iter().map(|(name, value)| (name, value.to_owned()));
    fixed.chain(passed_on).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn launch(
    environment: Arc<Environment>,
    mut command: Command,
    registry: &Arc<Registry>,
    log: &Log,
    meter: &Meter,
) {
    let name = &environment.settings.name;
    let child = command.spawn();
    let group = |child: &Child| child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    match child.map(|child| (group(&child), child)) {
        Ok((Some(group), child)) => {
            environment.started(group);
            tokio::spawn(supervise(
                environment,
                child,
                registry.clone(),
                log.clone(),
                meter.clone(),
            ));
        }
        Ok((None, _)) => unstarted(&environment, registry, log, &format!("{name} ended at once")),
        Err(error) => unstarted(
            &environment,
            registry,
            log,
            &format!("{name} cannot be started by setpriv: {error}"),
        ),
    }
}

fn unstarted(environment: &Arc<Environment>, registry: &Registry, log: &Log, how: &str) {
    log.line("lambda", how);
    environment.end(&InvokeError::Crashed(how.to_owned()));
    registry.remove(environment.id);
    environment.process_ended();
}

/// Passes on the process's output, enforces its limits, and notices its end.
async fn supervise(
    environment: Arc<Environment>,
    mut child: Child,
    registry: Arc<Registry>,
    log: Log,
    meter: Meter,
) {
    let name = environment.settings.name.clone();
    let outputs = [
        child.stdout.take().map(|output| {
            tokio::spawn(copy_lines(output, name.clone(), log.clone(), meter.clone()))
        }),
        child
            .stderr
            .take()
            .map(|output| tokio::spawn(copy_lines(output, name.clone(), log.clone(), meter))),
    ];
    let mut check = environment.enforce_limits(Instant::now());
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            () = tokio::time::sleep_until(check.into()) => check = environment.enforce_limits(Instant::now()),
        }
    };
    let how = match status {
        Ok(status) => format!("{name} exited: {status}"),
        Err(error) => format!("{name} is gone: {error}"),
    };
    if environment.end(&InvokeError::Crashed(how.clone())) {
        log.line("lambda", &how);
    }
    registry.remove(environment.id);
    for output in outputs.into_iter().flatten() {
        // Ends with the group; a descendant that left it must not hold us up.
        let _ = tokio::time::timeout(Duration::from_millis(500), output).await;
    }
    environment.process_ended();
}

async fn copy_lines(output: impl AsyncRead + Unpin, name: String, log: Log, meter: Meter) {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    while let Ok(1..) = output.read_until(b'\n', &mut line).await {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        meter.logged(text.len());
        log.line(&name, text);
        line.clear();
    }
}
