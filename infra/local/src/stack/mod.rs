//! The whole stack: its parts start in order, and stop together.

mod databases;
mod parts;

use std::fs::{self, File, TryLockError};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use chat_endpoints::{DatabaseUrls, Endpoints};

use self::parts::{Part, Parts};
use crate::console;
use crate::dependencies::{self, Dependency};
use crate::failure::Failure;
use crate::functions;
use crate::http_api::HttpApi;
use crate::identity::Identity;
use crate::lambda::{self, FunctionSettings, Lambda, LambdaSettings};
use crate::log::Log;
use crate::onesignal;
use crate::open_files;
use crate::ports::{self, Ports};
use crate::s3;
use crate::schedule::Schedules;
use crate::settings::Settings;
use crate::switchable::SwitchableServer;
use crate::template::Template;
use crate::ws_api::{ConnectionLimits, WsApi};

/// The only credentials that the stack's S3 accepts; every function has them.
pub const ACCESS_KEY_ID: &str = "AKIALOCALSTACKONLY00";
/// See [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "local/stack/only/not/a/secret/0123456789";

/// A stack that is starting, running or stopping.
pub struct Stack {
    settings: Settings,
    log: Log,
    log_file: PathBuf,
    /// What is to be stopped, in the order of its start, from the moment it may run.
    parts: Parts,
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
        Ok(Self { settings, log, log_file, parts: Parts::default(), _lock: lock })
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
        // The slowest parts of a first start, side by side.
        let (postgres, mysql, identity) = tokio::try_join!(
            databases::start_postgres(settings, &self.log, &self.parts),
            databases::start_mysql(settings, &self.log, &self.parts),
            Identity::open(&settings.local_folder, issuer),
        )?;
        let urls = DatabaseUrls {
            database: postgres.url,
            database_admin: postgres.admin_url,
            jarvis: mysql.url,
            jarvis_admin: mysql.admin_url,
        };
        let template = functions::template(settings, &urls.database_admin)?;
        let endpoints = Endpoints::new(settings.port, urls, &self.log_file, template.ws_stage());

        let s3 = s3::router(&settings.local_folder.join("s3"), ACCESS_KEY_ID, SECRET_ACCESS_KEY)?;
        let s3 = self.start_stand_in("s3", s3, ports.release(ports::S3)).await?;
        self.start_stand_in("identity", identity.router(), ports.release(ports::IDENTITY)).await?;
        let onesignal = self
            .start_stand_in("onesignal", onesignal::router(), ports.release(ports::ONESIGNAL))
            .await?;

        let lambda = self.start_lambda(functions::of(&template, settings, &endpoints)?).await?;
        let schedules = self.start_schedules(&template, &lambda);
        let controls =
            lambda::invoke_api::router(lambda.clone(), schedules).merge(dependencies::router([
                ("postgres", postgres.dependency),
                ("mysql", mysql.dependency),
                ("s3", Dependency::StandIn(s3)),
                ("onesignal", Dependency::StandIn(onesignal)),
            ]));
        self.start_stand_in("lambda-api", controls, ports.release(ports::LAMBDA_API)).await?;
        self.start_gateways(&template, &endpoints, &lambda, &mut ports)?;
        let file = endpoints.publish(&settings.local_folder);
        let file = file.map_err(|error| Failure::new(error.to_string()))?;
        self.log.plain("ready");
        Ok(file)
    }

    /// Returns when everything said so far is in the log.
    pub fn flush_log(&self) {
        self.log.flush();
    }

    /// Stops every part; nothing of the stack runs when it returns.
    pub async fn stop(&self) {
        Endpoints::withdraw(&self.settings.local_folder);
        self.parts.stop().await;
        self.log.flush();
    }

    /// Finds a bad template, a missing binary or a variable without a value before the databases take
    /// their time.
    fn check_functions(&self) -> Result<(), Failure> {
        let template = functions::template(&self.settings, "")?;
        let urls = DatabaseUrls::default();
        let nowhere = Endpoints::new(self.settings.port, urls, &self.log_file, template.ws_stage());
        functions::of(&template, &self.settings, &nowhere).map(drop)
    }

    async fn start_stand_in(
        &self,
        name: &str,
        router: Router,
        address: SocketAddr,
    ) -> Result<Arc<SwitchableServer>, Failure> {
        let server = Arc::new(SwitchableServer::new(address, router));
        self.parts.add(Part::StandIn(server.clone()));
        server.up().await?;
        self.log.ready(name, &format!("http://{address}"));
        Ok(server)
    }

    /// The functions, with the schema migrated by the project's own function.
    async fn start_lambda(&self, functions: Vec<FunctionSettings>) -> Result<Arc<Lambda>, Failure> {
        let settings = LambdaSettings {
            functions,
            max_environments: self.settings.max_environments,
            access_key_id: ACCESS_KEY_ID.into(),
            secret_access_key: SECRET_ACCESS_KEY.into(),
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

    fn start_gateways(
        &self,
        template: &Template,
        endpoints: &Endpoints,
        lambda: &Arc<Lambda>,
        ports: &mut Ports,
    ) -> Result<(), Failure> {
        if let Some(spec) = template.http_api.clone() {
            let jwt = functions::jwt_settings(&self.settings, endpoints);
            let api = HttpApi::new(spec, jwt, lambda.clone(), self.log.clone());
            let listener = ports.listen(ports::HTTP_API)?;
            self.parts
                .add(Part::Task(tokio::spawn(api.serve(listener, console::router(endpoints)))));
            self.log.ready("http-api", &endpoints.http_api);
            self.log.ready("console", &endpoints.console);
        }
        if let Some(spec) = template.ws_api.clone() {
            let limits = ConnectionLimits {
                lifetime: self.settings.connection_lifetime,
                idle: self.settings.connection_idle,
            };
            let api = WsApi::new(spec, limits, lambda.clone(), self.log.clone());
            self.parts.add(Part::Task(tokio::spawn(api.serve(ports.listen(ports::WS_API)?))));
            self.log.ready("ws-api", &endpoints.ws_api);
        }
        Ok(())
    }
}
