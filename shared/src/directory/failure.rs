//! Why Jarvis gave no answer, and what of it may be logged.

use crate::{error::Cause, tls};
use mysql_async::{DriverError, IoError};
use std::io::ErrorKind;

/// Errors by which MySQL and MariaDB say that a text cannot be written in the character set of the
/// column that it is compared with: "illegal mix of collations" in three forms, "invalid character
/// string", "incorrect string value", "cannot convert string", "conversion impossible".
const NOT_IN_CHARACTER_SET: [u16; 7] = [1267, 1270, 1271, 1300, 1366, 3854, 3988];

/// "Access denied", with a password and without one.
const PASSWORD_REFUSED: [u16; 2] = [1045, 1698];

/// Why a query has no rows to show.
#[derive(Debug)]
pub(super) enum Failure {
    /// It names a text that the column's character set cannot hold, so no row has it.
    NotInCharacterSet(Cause),
    /// The password is not the account's (any more).
    Password(Cause),
    /// Jarvis answered, with an error.
    Refused(Cause),
    /// Jarvis did not answer.
    Silent(Cause),
}

impl Failure {
    /// What to keep of an error: the driver's own text may quote the statement, so only codes.
    pub(super) fn of(error: &mysql_async::Error) -> Self {
        if let Some(refusal) = tls::refusal(error) {
            return Self::Refused(Cause::new(format!("Jarvis: TLS: {refusal}")));
        }
        match error {
            mysql_async::Error::Server(server) => {
                let (code, state) = (server.code, &server.state);
                let cause = Cause::new(format!("Jarvis answered error {code} (SQLSTATE {state})"));
                match code {
                    _ if NOT_IN_CHARACTER_SET.contains(&code) => Self::NotInCharacterSet(cause),
                    _ if PASSWORD_REFUSED.contains(&code) => Self::Password(cause),
                    _ => Self::Refused(cause),
                }
            }
            // Nobody waits for that: it is said at once.
            mysql_async::Error::Io(IoError::Io(io))
                if io.kind() == ErrorKind::ConnectionRefused =>
            {
                Self::Refused(Cause::new("Jarvis refuses connections"))
            }
            mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => {
                Self::Refused(Cause::new("Jarvis offers no TLS"))
            }
            mysql_async::Error::Io(_) => {
                Self::Silent(Cause::new("the connection to Jarvis failed"))
            }
            mysql_async::Error::Driver(_) => {
                Self::Silent(Cause::new("the driver gave up on Jarvis"))
            }
            _ => Self::Refused(Cause::new("Jarvis cannot be used as configured")),
        }
    }

    /// What the log may say of it.
    pub(super) fn into_cause(self) -> Cause {
        let (Self::NotInCharacterSet(cause)
        | Self::Password(cause)
        | Self::Refused(cause)
        | Self::Silent(cause)) = self;
        cause
    }
}
