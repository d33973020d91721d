//! Database servers of a test's own.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]

use std::fs;
use std::time::Duration;

use chat_endpoints::Authority;
use chat_local::authority::CertificateAuthority;
use chat_local::databases::{MySql, Postgres, password};
use rustix::process::Pid;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::place::Folder;

/// How long "does not answer" has to last.
pub const SILENCE: Duration = Duration::from_millis(300);
/// How long something may take that should hold soon, on a busy machine too.
const SOON: Duration = Duration::from_secs(30);
/// Between two looks at what is waited for; looking all the time would slow it down.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

pub async fn started_postgres(folder: &Folder) -> Postgres {
    let postgres = prepared_postgres(folder).await;
    postgres.server.up().await.unwrap();
    postgres.set_up().await.unwrap();
    postgres
}

pub async fn prepared_postgres(folder: &Folder) -> Postgres {
    let password = password(folder.path()).unwrap();
    let place = folder.path().join("postgres");
    Postgres::prepare(&place, &password, &certificates(folder), &folder.log()).await.unwrap()
}

pub async fn started_mysql(folder: &Folder) -> MySql {
    let password = password(folder.path()).unwrap();
    let place = folder.path().join("mysql");
    let mysql = MySql::prepare(&place, &password, &certificates(folder), &folder.log()).await;
    let mysql = mysql.unwrap();
    mysql.server.up().await.unwrap();
    mysql.set_up().await.unwrap();
    mysql
}

fn certificates(folder: &Folder) -> CertificateAuthority {
    CertificateAuthority::open(folder.path(), None).unwrap()
}

/// What the servers of this folder are known by.
pub fn authority(folder: &Folder) -> Authority {
    Authority::read(&folder.path().join("ca.pem")).unwrap()
}

pub async fn connect(folder: &Folder, url: &str) -> Result<Client, tokio_postgres::Error> {
    authority(folder).postgres(url).await
}

/// The process id of the server.
pub fn postmaster(folder: &Folder) -> Pid {
    let file = fs::read_to_string(folder.path().join("postgres/data/postmaster.pid")).unwrap();
    Pid::from_raw(file.lines().next().unwrap().parse().unwrap()).unwrap()
}

/// Waits until something holds.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    assert!(timeout(SOON, waiting).await.is_ok(), "it never came to be that {what}");
}
