//! Where the benchmarks take place: a local stack of the programs that deploy, with databases of its own.

use crate::environment::Function;
use chat_e2e::Endpoints;
use chat_local::{
    bill::Meter,
    failure::Failure,
    lambda::{CpuShare, FunctionSettings, Lambda, LambdaSettings},
    log::Log,
    ports,
    settings::Settings,
    stack::Stack,
};
use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use tokio::sync::OnceCell;
use tokio_postgres::Client;

/// A running stack, and the functions' settings for environments of one's own.
pub struct Place {
    /// The stack as its clients see it.
    pub stack: chat_e2e::Stack,
    pub(crate) large: OnceCell<()>,
    functions: Vec<FunctionSettings>,
    programs: PathBuf,
    local: Stack,
    folder: Folder,
    log: Log,
}

/// A new folder, gone with what its links lead to when dropped.
struct Folder(PathBuf);

impl Place {
    /// Starts the stack in a new folder on free ports.
    ///
    /// # Errors
    /// When a part cannot start.
    pub async fn start() -> Result<Self, Failure> {
        let mut settings = Settings::from_environment()?;
        settings.port = ports::free_block()?;
        let name = format!("chat-bench-{}", uuid::Uuid::new_v4().simple());
        let folder = Folder(env::temp_dir().join(name));
        settings.local_folder.clone_from(&folder.0);
        let local = Stack::new(settings.clone(), true)?;
        let file = match local.start().await {
            Ok(file) => file,
            Err(failure) => {
                local.stop().await;
                return Err(failure);
            }
        };
        let endpoints = Endpoints::read(&file).map_err(|error| Failure::new(error.to_string()))?;
        let functions = local.functions();
        let log = Log::open_quiet(&folder.0.join("environments.log"))
            .map_err(Failure::of("cannot open a log"))?;
        let stack = chat_e2e::Stack::at(endpoints);
        let programs = settings.functions_folder;
        Ok(Self { stack, large: OnceCell::new(), functions, programs, local, folder, log })
    }

    /// Stops the stack and removes its folder.
    pub async fn stop(self) {
        self.local.stop().await;
    }

    /// The folder of the programs that are measured.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// The settings of the functions.
    pub fn functions(&self) -> &[FunctionSettings] {
        &self.functions
    }

    /// A folder for what a benchmark writes on its way.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// A function with environments of its own, with some variables set otherwise.
    pub async fn function(
        &self,
        name: &str,
        environments: usize,
        changes: &[(&str, &str)],
    ) -> Function {
        self.program(name, &self.programs.join(name), environments, changes).await
    }

    /// Another program in the place of a function.
    pub async fn program(
        &self,
        name: &str,
        program: &Path,
        environments: usize,
        changes: &[(&str, &str)],
    ) -> Function {
        self.start_function(name, program, environments, changes, None).await
    }

    /// A function with one environment, held to a share of a core.
    pub async fn small(&self, name: &str, share: &str, changes: &[(&str, &str)]) -> Function {
        let share = share.parse().expect("a share of a core");
        let program = self.programs.join(name);
        self.start_function(name, &program, 1, changes, Some(share)).await
    }

    async fn start_function(
        &self,
        name: &str,
        program: &Path,
        environments: usize,
        changes: &[(&str, &str)],
        cpu_share: Option<CpuShare>,
    ) -> Function {
        let program = &self.apart(program);
        let settings = self.functions.iter().find(|function| function.name == name);
        let mut settings = settings.expect("the template has this function").clone();
        program.clone_into(&mut settings.binary);
        let changes = changes.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        settings.environment.extend(changes);
        let lambda = LambdaSettings {
            functions: vec![settings],
            max_environments: environments,
            cpu_share,
            meter: Meter::default(),
        };
        let lambda = Lambda::start(lambda, &self.log).await.expect("the function can be started");
        Function::new(name, program, lambda)
    }

    /// The same program by a name of its own, by which its processes are found among the stack's.
    pub fn apart(&self, program: &Path) -> PathBuf {
        let folder = self.folder().join("apart").join(uuid::Uuid::new_v4().simple().to_string());
        fs::create_dir_all(&folder).expect("the folder is ours");
        let link = folder.join(program.file_name().expect("a program has a name"));
        let program = program.canonicalize().expect("the program is there");
        symlink(program, &link).expect("the folder is ours");
        link
    }

    /// PostgreSQL as the role of the functions, whose settings decide over plans.
    pub async fn service(&self) -> Client {
        let url = &self.stack.endpoints().database_url;
        self.stack.authority().postgres(url).await.expect("PostgreSQL is running")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            // The databases may be elsewhere, where their account can reach them.
            if let Ok(elsewhere) = fs::read_link(entry.path()) {
                let _ = fs::remove_dir_all(elsewhere);
            }
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}
