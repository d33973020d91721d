//! PostgreSQL: a private cluster with the chat's two roles and its database.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chat_endpoints::Authority;
use futures_util::FutureExt;
use rustix::process::Signal;
use tokio::fs;
use tokio::process::Command;

use super::account::{Account, private_folder};
use super::binaries;
use super::installer;
use super::plan::ServerPlan;
use super::server::DatabaseServer;
use crate::authority::{CertificateAuthority, ServerFiles};
use crate::failure::Failure;
use crate::log::Log;
use crate::ports::free_port;

/// The roles, their limits and their rights, as in production.
const ROLES: &str = include_str!("../../../../migrations/roles.sql");

/// What the stack grants beyond production, so that tests can make databases and count statements.
const FOR_TESTS: &str = "ALTER ROLE chat_owner CREATEDB; GRANT pg_monitor TO chat_owner;";
const STATISTICS: &str = "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
     GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO chat_owner;";

/// A PostgreSQL server of the stack's own.
pub struct Postgres {
    /// The process.
    pub server: Arc<DatabaseServer>,
    port: u16,
    password: String,
    authority: Authority,
    has_statistics: bool,
}

impl Postgres {
    /// Makes the cluster on the first start; does not start the server.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or the cluster cannot be made.
    pub async fn prepare(
        folder: &Path,
        password: &str,
        certificates: &CertificateAuthority,
        log: &Log,
    ) -> Result<Self, Failure> {
        let programs = binaries::postgres_folder()?;
        let account = Account::to_drop_to()?;
        let home = private_folder(folder, account).await?;
        let data = home.join("data");
        if !data.join("PG_VERSION").exists() {
            create_cluster(&programs, &home, account, password).await?;
        }
        let files = access_files(&home, certificates, account)
            .map_err(Failure::of("cannot prepare PostgreSQL"))?;
        let authority = certificates.trusted()?;
        let port = free_port()?;
        let has_statistics = binaries::has_statement_statistics(&programs);
        let superuser = (authority.clone(), url("postgres", password, port, "postgres"));
        let plan = ServerPlan {
            name: "postgres",
            program: programs.join("postgres"),
            arguments: arguments(&data, port, &files, has_statistics),
            data,
            pid_file: "postmaster.pid",
            account,
            stop_signal: Signal::INT,
            is_chatter: |line| line.contains("LOG:  "),
            accepts_connections: Box::new(move || {
                let superuser = superuser.clone();
                async move { superuser.0.postgres(&superuser.1).await.is_ok() }.boxed()
            }),
        };
        Ok(Self {
            server: Arc::new(DatabaseServer::new(plan, log.clone())),
            port,
            password: password.into(),
            authority,
            has_statistics,
        })
    }

    /// Brings roles, rights and the database to what they should be, on every start.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn set_up(&self) -> Result<(), Failure> {
        let problem = || Failure::of("cannot set up PostgreSQL");
        // Databases that tests create are copies of template1: they get the same default privileges.
        let template =
            self.authority.postgres(&self.superuser_url("template1")).await.map_err(problem())?;
        template.batch_execute(ROLES).await.map_err(problem())?;
        template.batch_execute(FOR_TESTS).await.map_err(problem())?;
        for role in ["chat_owner", "chat_service"] {
            let statement = format!("ALTER ROLE {role} PASSWORD '{}'", self.password);
            template.batch_execute(&statement).await.map_err(problem())?;
        }
        let exists = "SELECT 1 FROM pg_database WHERE datname = 'chat'";
        if template.query_opt(exists, &[]).await.map_err(problem())?.is_none() {
            template.batch_execute("CREATE DATABASE chat").await.map_err(problem())?;
        }
        let chat = self.authority.postgres(&self.superuser_url("chat")).await.map_err(problem())?;
        chat.batch_execute(ROLES).await.map_err(problem())?;
        if self.has_statistics {
            chat.batch_execute(STATISTICS).await.map_err(problem())?;
        }
        Ok(())
    }

    /// Where it listens on 127.0.0.1, the same as long as this lives.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the functions connect with.
    #[must_use]
    pub fn service_url(&self) -> String {
        self.service_url_by(self.port)
    }

    /// The same by way of another port of this machine.
    #[must_use]
    pub fn service_url_by(&self, port: u16) -> String {
        url("chat_service", &self.password, port, "chat")
    }

    /// The owner of the schema, who runs the migrations.
    #[must_use]
    pub fn owner_url(&self) -> String {
        url("chat_owner", &self.password, self.port, "chat")
    }

    fn superuser_url(&self, database: &str) -> String {
        url("postgres", &self.password, self.port, database)
    }
}

fn url(role: &str, password: &str, port: u16, database: &str) -> String {
    format!("postgres://{role}:{password}@127.0.0.1:{port}/{database}")
}

/// What says who is let in, and by what certificate the server is known.
struct AccessFiles {
    server: ServerFiles,
    rules: PathBuf,
}

/// Nobody is let in without TLS.
const RULES: &str = "hostssl all all 127.0.0.1/32 scram-sha-256\n";

fn access_files(
    home: &Path,
    certificates: &CertificateAuthority,
    account: Option<Account>,
) -> std::io::Result<AccessFiles> {
    let files =
        AccessFiles { server: certificates.write_to(home)?, rules: home.join("pg_hba.conf") };
    std::fs::write(&files.rules, RULES)?;
    if let Some(account) = account {
        for file in [&files.server.certificate, &files.server.key, &files.rules] {
            account.own(file)?;
        }
    }
    Ok(files)
}

/// Writes the cluster beside its place and moves it there, so that an interrupted one is never used.
async fn create_cluster(
    programs: &Path,
    home: &Path,
    account: Option<Account>,
    password: &str,
) -> Result<(), Failure> {
    let problem = || Failure::of("cannot create the PostgreSQL cluster");
    let (unfinished, password_file) = (home.join("unfinished"), home.join("password"));
    for leftover in [&unfinished, &home.join("data")] {
        if leftover.exists() {
            fs::remove_dir_all(leftover).await.map_err(problem())?;
        }
    }
    fs::write(&password_file, password).await.map_err(problem())?;
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.arg("-D").arg(&unfinished).arg("--pwfile").arg(&password_file);
    initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]);
    // The server itself syncs everything from its first checkpoint on.
    initdb.args(["--no-sync", "--no-instructions"]);
    if let Some(account) = account {
        // Which it could not read otherwise where the umask is strict.
        account.own(&password_file).map_err(problem())?;
        account.apply(&mut initdb);
    }
    installer::run(initdb, "the PostgreSQL cluster").await?;
    fs::remove_file(&password_file).await.map_err(problem())?;
    fs::rename(&unfinished, home.join("data")).await.map_err(problem())
}

fn arguments(data: &Path, port: u16, files: &AccessFiles, has_statistics: bool) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        vec!["-D".into(), PathBuf::from(data).into(), "-p".into(), port.to_string().into()];
    for (setting, file) in [
        ("hba_file=", &files.rules),
        ("ssl_cert_file=", &files.server.certificate),
        ("ssl_key_file=", &files.server.key),
    ] {
        let mut setting = OsString::from(setting);
        setting.push(file);
        arguments.extend(["-c".into(), setting]);
    }
    let mut set = |setting: &str| arguments.extend(["-c".into(), setting.into()]);
    set("ssl=on");
    set("listen_addresses=127.0.0.1");
    set("unix_socket_directories=");
    set("max_connections=200");
    set("fsync=on");
    set("synchronous_commit=on");
    // After a crash it makes sure that all its files are on the disk: one by one, that takes a minute
    // on a slow one.
    set("recovery_init_sync_method=syncfs");
    // A failing row or statement would put what people said into the log.
    set("log_error_verbosity=terse");
    set("log_min_error_statement=panic");
    if has_statistics {
        set("shared_preload_libraries=pg_stat_statements");
    }
    arguments
}
