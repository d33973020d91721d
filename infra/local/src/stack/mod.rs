//! The whole stack: its parts start in order, and stop together.

mod databases;
mod gateways;
mod parts;

use std::fs::{self, File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use axum::Router;
use bytes::Bytes;
use chat_endpoints::{DatabaseUrls, Endpoints};

use self::gateways::Gateways;
use self::parts::{Part, Parts};
use crate::authority::CertificateAuthority;
use crate::bill::{self, Meter};
use crate::dependencies::{self, Dependency};
use crate::failure::Failure;
use crate::functions;
use crate::iam::{self, Credentials, Iam, Principal};
use crate::identity::Identity;
use crate::lambda::{self, FunctionSettings, Lambda, LambdaSettings};
use crate::log::Log;
use crate::onesignal::OneSignal;
use crate::open_files;
use crate::ports::{self, Ports};
use crate::rights;
use crate::s3::{self, Buckets};
use crate::schedule::Schedules;
use crate::secrets_manager;
use crate::settings::Settings;
use crate::switchable::SwitchableServer;
use crate::template::Template;
use crate::ws_api::refusals::{self, Refusals};

/// A stack that is starting, running or stopping.
pub struct Stack {
    settings: Settings,
    log: Log,
    log_file: PathBuf,
    meter: Meter,
    /// What is to be stopped, in the order of its start, from the moment it may run.
    parts: Parts,
    /// Known once it has started.
    functions: OnceLock<Vec<FunctionSettings>>,
    /// Known once it has started.
    iam: OnceLock<Arc<Iam>>,
    /// Locked as long as this stack exists, so that no other one uses the folder.
    _lock: File,
}

impl Stack {
    /// Takes the stack's folder and opens its log; starts nothing.
    ///
    /// # Errors
    /// When the folder cannot be used, or another stack uses it.
    pub fn new(settings: Settings, is_quiet: bool) -> Result<Self, Failure> {
        let folder = &settings.local_folder;
        let problem = || Failure::of(format!("cannot use the folder {}", folder.display()));
        fs::create_dir_all(folder).map_err(problem())?;
        let lock = File::create(folder.join("lock")).map_err(problem())?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            let line = format!(
                "another stack runs in {}: stop it, or start with another LOCAL_DIR",
                folder.display()
            );
            return Err(Failure::new(line));
        }
        Endpoints::withdraw(folder);
        let log_file = folder.join("stack.log");
        // Each run has its own log.
        let _ = fs::remove_file(&log_file);
        let log = if is_quiet { Log::open_quiet(&log_file) } else { Log::open(&log_file) }
            .map_err(problem())?;
        Ok(Self {
            settings,
            log,
            log_file,
            meter: Meter::default(),
            parts: Parts::default(),
            functions: OnceLock::new(),
            iam: OnceLock::new(),
            _lock: lock,
        })
    }

    /// Starts every part, and returns the path of `endpoints.json` when all of them are ready. When it
    /// fails or is dropped before, [`Self::stop`] stops what has been started.
    ///
    /// # Errors
    /// When a part cannot start.
    pub async fn start(&self) -> Result<PathBuf, Failure> {
        let settings = &self.settings;
        open_files::allow_many();
        let mut ports = Ports::hold(settings.port)?;
        self.check_functions()?;
        let issuer = format!("http://127.0.0.1:{}", settings.port + ports::IDENTITY);
        let given = settings.variables.get("CA_BUNDLE").filter(|file| !file.is_empty());
        let certificates =
            CertificateAuthority::open(&settings.local_folder, given.map(Path::new))?;
        // The slowest parts of a first start, side by side.
        let (postgres, mysql, identity) = tokio::try_join!(
            databases::start_postgres(settings, &certificates, &self.log, &self.parts),
            databases::start_mysql(settings, &certificates, &self.log, &self.parts),
            Identity::open(&settings.local_folder, issuer),
        )?;
        let urls = DatabaseUrls {
            database: postgres.url,
            database_admin: postgres.admin_url,
            jarvis: mysql.url,
            jarvis_admin: mysql.admin_url,
        };
        let template = functions::template(settings, &urls.database_admin)?;
        let iam = Arc::new(rights::iam(&template)?);
        let iam = self.iam.get_or_init(|| iam).clone();
        let secrets = Arc::new(functions::secrets(&template, &urls));
        let endpoints = Endpoints::new(settings.port, urls, &self.log_file, template.ws_stage());

        let buckets = self.open_buckets(&template)?;
        let s3 = s3::metered(s3::router(&buckets, &iam), self.meter.clone());
        let s3 = self.start_stand_in("s3", s3, ports.release(ports::S3)).await?;
        self.start_stand_in("identity", identity.router(), ports.release(ports::IDENTITY)).await?;
        let pushes = OneSignal::default();
        let onesignal = SwitchableServer::new(ports.release(ports::ONESIGNAL), pushes.router())
            .over_tls(certificates.server_config()?);
        let onesignal = self.start_server("onesignal", onesignal).await?;

        let secrets_manager =
            secrets_manager::router(secrets.clone(), iam.clone(), self.meter.clone());
        let address = ports.release(ports::SECRETS_MANAGER);
        self.start_stand_in("secrets-manager", secrets_manager, address).await?;

        let functions = functions::of(&template, settings, &endpoints, &iam)?;
        let functions = self.functions.get_or_init(|| functions).clone();
        let lambda = self.start_lambda(functions).await?;
        let schedules = self.start_schedules(&template, &lambda);
        let refusals = Arc::<Refusals>::default();
        let controls = lambda::invoke_api::router(lambda.clone(), schedules, iam.clone())
            .merge(bill::router(self.meter.clone())?)
            .merge(iam::controls::router(iam.clone()))
            .merge(secrets_manager::controls::router(secrets))
            .merge(s3::lifecycle::router(buckets))
            .merge(refusals::router(refusals.clone()))
            .merge(dependencies::router([
                ("postgres", postgres.dependency),
                ("mysql", mysql.dependency),
                ("s3", Dependency::StandIn(s3)),
                ("onesignal", Dependency::StandIn(onesignal)),
            ]));
        self.start_stand_in("lambda-api", controls, ports.release(ports::LAMBDA_API)).await?;
        let gateways = Gateways {
            settings,
            log: &self.log,
            parts: &self.parts,
            meter: &self.meter,
            endpoints: &endpoints,
            pushes: &pushes,
            lambda,
            iam,
            refusals,
        };
        gateways.start(&template, &mut ports)?;
        let file = endpoints.publish(&settings.local_folder);
        let file = file.map_err(|error| Failure::new(error.to_string()))?;
        self.log.plain("ready");
        Ok(file)
    }

    /// The functions as they run here, credentials included; none before the stack has started.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionSettings> {
        self.functions.get().cloned().unwrap_or_default()
    }

    /// The operator's credentials as programs find them in their environment; none before the stack has
    /// started.
    #[must_use]
    pub fn operator(&self) -> Option<[(&'static str, &str); 3]> {
        let iam = self.iam.get()?;
        iam.credentials(&Principal::Operator).map(Credentials::variables)
    }

    /// Returns when everything said so far is in the log.
    pub fn flush_log(&self) {
        self.log.flush();
    }

    /// Stops every part; nothing of the stack runs when it returns.
    pub async fn stop(&self) {
        Endpoints::withdraw(&self.settings.local_folder);
        self.parts.stop().await;
        if let (Some(file), Some(iam)) = (&self.settings.rights_used, self.iam.get())
            && let Err(error) = iam::note_uses(&iam.uses(), file)
        {
            self.log.plain(format!("cannot write to {}: {error}", file.display()));
        }
        self.log.flush();
    }

    /// Finds a bad template, a missing binary or a variable without a value before the databases take
    /// their time.
    fn check_functions(&self) -> Result<(), Failure> {
        let template = functions::template(&self.settings, "")?;
        let urls = DatabaseUrls::default();
        let nowhere = Endpoints::new(self.settings.port, urls, &self.log_file, template.ws_stage());
        let iam = rights::iam(&template)?;
        functions::of(&template, &self.settings, &nowhere, &iam).map(drop)
    }

    fn open_buckets(&self, template: &Template) -> Result<Buckets, Failure> {
        let folder = self.settings.local_folder.join("s3");
        let problem = Failure::of(format!("cannot use {}", folder.display()));
        Buckets::open(&folder, template.buckets.clone()).map_err(problem)
    }

    async fn start_stand_in(
        &self,
        name: &str,
        router: Router,
        address: SocketAddr,
    ) -> Result<Arc<SwitchableServer>, Failure> {
        self.start_server(name, SwitchableServer::new(address, router)).await
    }

    async fn start_server(
        &self,
        name: &str,
        server: SwitchableServer,
    ) -> Result<Arc<SwitchableServer>, Failure> {
        let server = Arc::new(server);
        self.parts.add(Part::StandIn(server.clone()));
        server.up().await?;
        self.log.ready(name, &server.url());
        Ok(server)
    }

    /// The functions, with the schema migrated by the project's own function.
    async fn start_lambda(&self, functions: Vec<FunctionSettings>) -> Result<Arc<Lambda>, Failure> {
        let settings = LambdaSettings {
            functions,
            max_environments: self.settings.max_environments,
            cpu_share: self.settings.cpu_share,
            meter: self.meter.clone(),
        };
        let count = settings.functions.len();
        let lambda = Lambda::start(settings, &self.log)
            .await
            .map_err(Failure::of("cannot start the functions"))?;
        self.parts.add(Part::Lambda(lambda.clone()));
        self.log.ready(
            "functions",
            &format!("{count} from {}", self.settings.functions_folder.display()),
        );
        let migrated = lambda.invoke("migrate", Bytes::from_static(b"{}"), None).await;
        migrated.map_err(Failure::of("cannot migrate the database"))?;
        self.log.ready("migrations", "applied");
        Ok(lambda)
    }

    fn start_schedules(&self, template: &Template, lambda: &Arc<Lambda>) -> Arc<Schedules> {
        let overrides = self.settings.redeliver_every.map(|every| ("redeliver".to_owned(), every));
        let schedules = Schedules::new(template, lambda.clone(), &overrides.into_iter().collect());
        for clock in schedules.start(&self.log) {
            self.parts.add(Part::Task(clock));
        }
        let what = schedules.to_string();
        if !what.is_empty() {
            self.log.ready("schedules", &what);
        }
        schedules
    }
}
