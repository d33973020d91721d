//! What the environment tells the stack, parsed once.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::failure::Failure;
use crate::lambda::CpuShare;
use crate::throttle::Rate;

/// The ports from `PORT` on that belong to the stack.
pub const PORTS: u16 = 10;
/// Whether connections to the databases can be forgotten: they take a detour then.
pub const FORGETFUL: &str = "FORGETFUL_NETWORK";

/// All settings of the stack itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The first of ten ports (`PORT`).
    pub port: u16,
    /// Where data, log and `endpoints.json` are kept (`LOCAL_DIR`).
    pub local_folder: PathBuf,
    /// The SAM template (`TEMPLATE`).
    pub template: PathBuf,
    /// The folder of the function binaries (`FUNCTIONS_DIR`).
    pub functions_folder: PathBuf,
    /// Environments of one function at the same time (`MAX_ENVIRONMENTS`).
    pub max_environments: usize,
    /// How often `redeliver` runs (`REDELIVER_EVERY_SECONDS`); the template's rate when absent.
    pub redeliver_every: Option<Duration>,
    /// How long a WebSocket connection may live (`CONNECTION_LIFETIME_SECONDS`).
    pub connection_lifetime: Duration,
    /// How long a WebSocket connection may say nothing (`CONNECTION_IDLE_SECONDS`).
    pub connection_idle: Duration,
    /// A file to which the stack adds, when it stops, how often each right was used (`RIGHTS_USED`).
    pub rights_used: Option<PathBuf>,
    /// Whether the functions reach the databases over a network that can forget connections
    /// (`FORGETFUL_NETWORK`: 0 or 1).
    pub is_network_forgetful: bool,
    /// Requests that the HTTP API takes (`THROTTLE_RATE`, `THROTTLE_BURST`); an account's default when 0
    /// or absent.
    pub throttle: Rate,
    /// New WebSocket connections that the gateway takes in a second (`CONNECTS_PER_SECOND`).
    pub connects_per_second: u32,
    /// How much of a core an environment may have (`CPU_SHARE`); no bound when absent.
    pub cpu_share: Option<CpuShare>,
    /// A running PostgreSQL to use (`DATABASE_URL`, `DATABASE_ADMIN_URL`).
    pub postgres: Option<RunningServer>,
    /// A running MySQL to use (`JARVIS_URL`, `JARVIS_ADMIN_URL`).
    pub mysql: Option<RunningServer>,
    /// Every variable of the stack's own environment: those that functions know reach the functions.
    pub variables: BTreeMap<String, String>,
}

/// A database server that is not the stack's.
#[derive(Clone, Debug)]
pub struct RunningServer {
    /// What the functions connect with.
    pub url: String,
    /// What migrations, or people who add rows, connect with.
    pub admin_url: String,
}

impl Settings {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// When a variable is malformed, with one line that names it.
    pub fn from_environment() -> Result<Self, Failure> {
        Self::from_variables(
            env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .collect(),
        )
    }

    /// Reads the given variables.
    ///
    /// # Errors
    /// As [`Self::from_environment`].
    pub fn from_variables(variables: BTreeMap<String, String>) -> Result<Self, Failure> {
        let seconds = |name, default| {
            number(&variables, name, default, 1..=1_000_000).map(Duration::from_secs)
        };
        let redeliver_every = match text(&variables, "REDELIVER_EVERY_SECONDS") {
            Some(_) => Some(seconds("REDELIVER_EVERY_SECONDS", 60)?),
            None => None,
        };
        Ok(Self {
            port: number(&variables, "PORT", 3000, 1..=u16::MAX - PORTS)?,
            local_folder: absolute(text(&variables, "LOCAL_DIR").unwrap_or(".local"))?,
            template: absolute(text(&variables, "TEMPLATE").unwrap_or("template.yaml"))?,
            functions_folder: match text(&variables, "FUNCTIONS_DIR") {
                Some(folder) => absolute(folder)?,
                None => own_folder()?,
            },
            max_environments: number(&variables, "MAX_ENVIRONMENTS", 4, 1..=1000)?,
            redeliver_every,
            connection_lifetime: seconds("CONNECTION_LIFETIME_SECONDS", 7200)?,
            connection_idle: seconds("CONNECTION_IDLE_SECONDS", 600)?,
            rights_used: text(&variables, "RIGHTS_USED").map(absolute).transpose()?,
            is_network_forgetful: number(&variables, FORGETFUL, 0, 0..=1)? == 1,
            throttle: throttle(&variables)?,
            connects_per_second: number(&variables, "CONNECTS_PER_SECOND", 500, 1..=1_000_000)?,
            cpu_share: cpu_share(&variables)?,
            postgres: running_server(&variables, "DATABASE_URL", "DATABASE_ADMIN_URL"),
            mysql: running_server(&variables, "JARVIS_URL", "JARVIS_ADMIN_URL"),
            variables,
        })
        .and_then(Self::checked)
    }

    fn checked(self) -> Result<Self, Failure> {
        let urls =
            [("DATABASE_URL", &self.postgres, "postgres"), ("JARVIS_URL", &self.mysql, "mysql")];
        for (name, server, scheme) in urls {
            let fits = |url: &str| {
                url.split_once("://").is_some_and(|(start, _)| start.starts_with(scheme))
            };
            if server.as_ref().is_some_and(|server| !fits(&server.url) || !fits(&server.admin_url))
            {
                return Err(Failure::new(format!(
                    "{name} must be a URL like {scheme}://user:password@host:port/database"
                )));
            }
        }
        Ok(self)
    }
}

/// A variable's value; an empty one counts as absent, as make passes unset variables.
fn text<'a>(variables: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

fn number<N: FromStr + PartialOrd + std::fmt::Display>(
    variables: &BTreeMap<String, String>,
    name: &str,
    default: N,
    range: std::ops::RangeInclusive<N>,
) -> Result<N, Failure> {
    let Some(value) = text(variables, name) else { return Ok(default) };
    value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        Failure::new(format!(
            "{name} must be a whole number from {} to {}, not \"{value}\"",
            range.start(),
            range.end()
        ))
    })
}

fn throttle(variables: &BTreeMap<String, String>) -> Result<Rate, Failure> {
    let or_default = |name, default| {
        let number = number(variables, name, 0, 0..=1_000_000)?;
        Ok::<u32, Failure>(if number == 0 { default } else { number })
    };
    Ok(Rate {
        a_second: or_default("THROTTLE_RATE", Rate::OF_AN_ACCOUNT.a_second)?,
        burst: or_default("THROTTLE_BURST", Rate::OF_AN_ACCOUNT.burst)?,
    })
}

fn cpu_share(variables: &BTreeMap<String, String>) -> Result<Option<CpuShare>, Failure> {
    let parse = |share: &str| {
        let line = || format!("CPU_SHARE must be above 0 and at most 1, not \"{share}\"");
        share.parse().map_err(|()| Failure::new(line()))
    };
    text(variables, "CPU_SHARE").map(parse).transpose()
}

fn running_server(
    variables: &BTreeMap<String, String>,
    url: &str,
    admin_url: &str,
) -> Option<RunningServer> {
    let url = text(variables, url)?;
    let admin_url = text(variables, admin_url).unwrap_or(url);
    Some(RunningServer { url: url.into(), admin_url: admin_url.into() })
}

fn absolute(path: impl AsRef<Path>) -> Result<PathBuf, Failure> {
    std::path::absolute(&path)
        .map_err(Failure::of(format!("cannot use the path \"{}\"", path.as_ref().display())))
}

fn own_folder() -> Result<PathBuf, Failure> {
    let program = env::current_exe().map_err(Failure::of("cannot find the stack's own program"))?;
    program
        .parent()
        .map(Path::to_path_buf)
        .ok_or_else(|| Failure::new("cannot find the folder of the stack's own program"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::Settings;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variables: BTreeMap<_, _> = variables
            .iter()
            .map(|(name, value)| ((*name).to_string(), (*value).to_string()))
            .collect();
        Settings::from_variables(variables).map_err(|failure| failure.to_string())
    }

    #[test]
    fn an_empty_environment_gives_the_documented_defaults() {
        let settings = settings(&[("PORT", "")]).unwrap();
        assert_eq!(settings.port, 3000);
        assert!(settings.local_folder.ends_with(".local"));
        assert_eq!(settings.max_environments, 4);
        assert_eq!(settings.redeliver_every, None);
        assert_eq!(settings.connection_lifetime, Duration::from_hours(2));
        assert_eq!(settings.connection_idle, Duration::from_mins(10));
        assert!(settings.postgres.is_none());
    }

    #[test]
    fn a_malformed_setting_is_one_line_that_names_it() {
        for (name, value) in [
            ("PORT", "http"),
            ("PORT", "65530"),
            ("MAX_ENVIRONMENTS", "0"),
            ("CONNECTION_IDLE_SECONDS", "-1"),
            ("THROTTLE_RATE", "many"),
            ("CONNECTS_PER_SECOND", "0"),
            ("CPU_SHARE", "0"),
            ("CPU_SHARE", "14%"),
        ] {
            let line = settings(&[(name, value)]).unwrap_err();
            assert!(
                line.starts_with(name) && line.contains(value) && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn the_admin_url_of_a_running_server_defaults_to_the_url() {
        let server = settings(&[("DATABASE_URL", "postgres://a@b/c")]).unwrap().postgres.unwrap();
        assert_eq!(server.admin_url, "postgres://a@b/c");
    }

    #[test]
    fn a_running_server_of_the_wrong_kind_is_refused() {
        let line = settings(&[("JARVIS_URL", "postgres://a@b/c")]).unwrap_err();
        assert!(line.starts_with("JARVIS_URL must be"), "{line}");
    }
}
