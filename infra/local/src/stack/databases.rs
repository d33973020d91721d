//! The two databases of a stack: its own servers, or those that the environment names.

use super::parts::{Part, Parts};
use crate::authority::CertificateAuthority;
use crate::databases::{self, MySql, Postgres};
use crate::dependencies::Dependency;
use crate::failure::Failure;
use crate::log::Log;
use crate::network::Network;
use crate::settings::{RunningServer, Settings};

/// One of the two databases, wherever its server is.
pub(super) struct Database {
    pub(super) url: String,
    pub(super) admin_url: String,
    pub(super) dependency: Dependency,
}

impl Database {
    fn external(server: &RunningServer) -> Self {
        Self {
            url: server.url.clone(),
            admin_url: server.admin_url.clone(),
            dependency: Dependency::External,
        }
    }
}

pub(super) async fn start_postgres(
    settings: &Settings,
    certificates: &CertificateAuthority,
    log: &Log,
    parts: &Parts,
) -> Result<Database, Failure> {
    if let Some(server) = &settings.postgres {
        log.ready("postgres", "the server of DATABASE_URL");
        return Ok(Database::external(server));
    }
    let folder = &settings.local_folder;
    let password = databases::password(folder)?;
    let postgres =
        Postgres::prepare(&folder.join("postgres"), &password, certificates, log).await?;
    parts.add(Part::Database(postgres.server.clone()));
    postgres.server.up().await?;
    postgres.set_up().await?;
    log.ready("postgres", &format!("127.0.0.1:{}", postgres.port()));
    let network = network_to(postgres.port(), settings).await?;
    Ok(Database {
        url: postgres.service_url_by(network.as_ref().map_or(postgres.port(), Network::port)),
        admin_url: postgres.owner_url(),
        dependency: Dependency::Server(postgres.server, network),
    })
}

/// The way that the functions take, where it is to be disturbed.
async fn network_to(port: u16, settings: &Settings) -> Result<Option<Network>, Failure> {
    if !settings.is_network_forgetful {
        return Ok(None);
    }
    Network::to(port).await.map(Some).map_err(Failure::of("cannot make a way to a database"))
}

pub(super) async fn start_mysql(
    settings: &Settings,
    certificates: &CertificateAuthority,
    log: &Log,
    parts: &Parts,
) -> Result<Database, Failure> {
    if let Some(server) = &settings.mysql {
        log.ready("mysql", "the server of JARVIS_URL");
        return Ok(Database::external(server));
    }
    let folder = &settings.local_folder;
    let password = databases::password(folder)?;
    let mysql = MySql::prepare(&folder.join("mysql"), &password, certificates, log).await?;
    parts.add(Part::Database(mysql.server.clone()));
    mysql.server.up().await?;
    mysql.set_up().await?;
    log.ready("mysql", &format!("127.0.0.1:{}", mysql.port()));
    let network = network_to(mysql.port(), settings).await?;
    Ok(Database {
        url: mysql.service_url_by(network.as_ref().map_or(mysql.port(), Network::port)),
        admin_url: mysql.admin_url(),
        dependency: Dependency::Server(mysql.server, network),
    })
}
