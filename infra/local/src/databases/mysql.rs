//! Jarvis, by MariaDB: the two tables, the read-only account and the demo's people.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chat_endpoints::Authority;
use futures_util::FutureExt;
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use rustix::process::{Signal, geteuid};
use tokio::fs;
use tokio::process::Command;

use super::account::private_folder;
use super::binaries;
use super::installer;
use super::plan::ServerPlan;
use super::server::DatabaseServer;
use crate::authority::{CertificateAuthority, ServerFiles};
use crate::failure::Failure;
use crate::log::Log;
use crate::ports::free_port;

/// The two tables and the account that may only SELECT from them.
const JARVIS: &str = include_str!("../../sql/jarvis.sql");
const DEMO_PEOPLE: &str = include_str!("../../sql/demo-people.sql");

/// A MariaDB server of the stack's own.
pub struct MySql {
    /// The process.
    pub server: Arc<DatabaseServer>,
    port: u16,
    password: String,
    authority: Authority,
}

impl MySql {
    /// Makes the data directory on the first start; does not start the server.
    ///
    /// # Errors
    /// When MariaDB is not installed or the data directory cannot be made.
    pub async fn prepare(
        folder: &Path,
        password: &str,
        certificates: &CertificateAuthority,
        log: &Log,
    ) -> Result<Self, Failure> {
        let program = binaries::mariadb("mariadbd")?;
        // MariaDB runs as whoever starts the stack, root too.
        let home = private_folder(folder, None).await?;
        let data = home.join("data");
        private_folder(&temporary(&home), None).await?;
        if !data.exists() {
            create_data(&home).await?;
        }
        let files = certificates.write_to(&home).map_err(Failure::of("cannot prepare MariaDB"))?;
        let authority = certificates.trusted()?;
        let port = free_port()?;
        let accounts = home.join("accounts.sql");
        fs::write(&accounts, administrator(password))
            .await
            .map_err(Failure::of("cannot prepare MariaDB"))?;
        let administrator = (authority.clone(), url("jarvis_admin", password, port, ""));
        let plan = ServerPlan {
            name: "mysql",
            program,
            arguments: arguments(&home, port, &accounts, &files),
            data,
            pid_file: "server.pid",
            account: None,
            stop_signal: Signal::TERM,
            is_chatter: |line| line.contains("[Note]") || line.trim().is_empty(),
            accepts_connections: Box::new(move || {
                let administrator = administrator.clone();
                async move {
                    match connect(&administrator.0, &administrator.1).await {
                        // In good order, or the server complains in its log.
                        Ok(connection) => connection.disconnect().await.is_ok(),
                        Err(_) => false,
                    }
                }
                .boxed()
            }),
        };
        Ok(Self {
            server: Arc::new(DatabaseServer::new(plan, log.clone())),
            port,
            password: password.into(),
            authority,
        })
    }

    /// Makes what is missing of Jarvis, and loads the demo's people when there is nobody.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn set_up(&self) -> Result<(), Failure> {
        self.fill().await.map_err(Failure::of("cannot set up MariaDB"))
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
        url("chat_service", &self.password, port, "jarvis")
    }

    /// Who may add people, databases and accounts.
    #[must_use]
    pub fn admin_url(&self) -> String {
        url("jarvis_admin", &self.password, self.port, "jarvis")
    }

    async fn fill(&self) -> Result<(), mysql_async::Error> {
        let administrator = url("jarvis_admin", &self.password, self.port, "");
        let mut connection = connect(&self.authority, &administrator).await?;
        connection.query_drop(JARVIS).await?;
        let unlock = format!(
            "ALTER USER 'chat_service'@'%' IDENTIFIED BY '{}' ACCOUNT UNLOCK",
            self.password
        );
        connection.query_drop(unlock).await?;
        let somebody: Option<i32> =
            connection.query_first("SELECT 1 FROM jarvis.dentist_dentist LIMIT 1").await?;
        if somebody.is_none() {
            connection.query_drop(format!("START TRANSACTION; {DEMO_PEOPLE} COMMIT")).await?;
        }
        connection.disconnect().await
    }
}

fn url(account: &str, password: &str, port: u16, database: &str) -> String {
    format!("mysql://{account}:{password}@127.0.0.1:{port}/{database}")
}

async fn connect(authority: &Authority, url: &str) -> Result<Conn, mysql_async::Error> {
    Conn::new(authority.mysql(url)?).await
}

/// Run by the server at every start, before it accepts connections; one statement a line.
fn administrator(password: &str) -> String {
    let mut statements = String::from("DROP USER IF EXISTS ''@'localhost';\n");
    let admin = format!("'jarvis_admin'@'%' IDENTIFIED BY '{password}'");
    let _ = writeln!(statements, "CREATE USER IF NOT EXISTS {admin};");
    let _ = writeln!(statements, "ALTER USER {admin};");
    let _ = writeln!(
        statements,
        "GRANT ALL PRIVILEGES ON *.* TO 'jarvis_admin'@'%' WITH GRANT OPTION;"
    );
    statements
}

/// Writes the data directory beside its place and moves it there, so that an interrupted one is never used.
async fn create_data(home: &Path) -> Result<(), Failure> {
    let problem = || Failure::of("cannot create the MariaDB data directory");
    let unfinished = home.join("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).await.map_err(problem())?;
    }
    let mut install = Command::new(binaries::mariadb("mariadb-install-db")?);
    install.arg("--no-defaults").arg(option("datadir", &unfinished));
    install.arg(option("tmpdir", &temporary(home)));
    install.args([
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
        // The kernel has room for the asynchronous I/O of so many servers only.
        "--innodb-use-native-aio=0",
    ]);
    if geteuid().is_root() {
        install.arg("--user=root");
    }
    installer::run(install, "the MariaDB data directory").await?;
    fs::rename(&unfinished, home.join("data")).await.map_err(problem())
}

/// Where the server's temporary tables are: one that starts removes whatever tables lie there, another
/// server's too.
fn temporary(home: &Path) -> PathBuf {
    home.join("temporary")
}

fn arguments(home: &Path, port: u16, accounts: &Path, files: &ServerFiles) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![
        "--no-defaults".into(),
        option("datadir", &home.join("data")),
        option("tmpdir", &temporary(home)),
        option("init-file", accounts),
        format!("--port={port}").into(),
        option("ssl-cert", &files.certificate),
        option("ssl-key", &files.key),
        "--require-secure-transport=ON".into(),
    ];
    arguments.extend(
        [
            "--bind-address=127.0.0.1",
            // Relative to the data directory: the path of a socket may have 107 bytes and no more.
            "--socket=server.sock",
            "--pid-file=server.pid",
            "--skip-name-resolve",
            "--innodb-use-native-aio=0",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--innodb-flush-log-at-trx-commit=1",
            "--max-connections=200",
        ]
        .map(OsString::from),
    );
    if geteuid().is_root() {
        arguments.push("--user=root".into());
    }
    arguments
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(format!("--{name}="));
    option.push(path);
    option
}
