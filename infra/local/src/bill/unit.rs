//! The units that AWS bills.

use serde::Deserialize;

/// What is billed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Calls of the HTTP API.
    HttpCalls,
    /// Messages of clients.
    WsMessagesIn,
    /// Messages to clients.
    WsMessagesOut,
    /// Minutes of open connections.
    WsConnectionMinutes,
    /// Invocations of a function.
    LambdaRequests,
    /// A function's time and memory.
    LambdaGbSeconds,
    /// What is logged.
    LogGb,
    /// S3's dearer requests.
    S3Writes,
    /// S3's cheaper requests.
    S3Reads,
    /// Reads of Secrets Manager.
    SecretsRead,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::HttpCalls,
        Self::WsMessagesIn,
        Self::WsMessagesOut,
        Self::WsConnectionMinutes,
        Self::LambdaRequests,
        Self::LambdaGbSeconds,
        Self::LogGb,
        Self::S3Writes,
        Self::S3Reads,
        Self::SecretsRead,
    ];

    /// As in the bill and in the file of prices.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HttpCalls => "http_calls",
            Self::WsMessagesIn => "ws_messages_in",
            Self::WsMessagesOut => "ws_messages_out",
            Self::WsConnectionMinutes => "ws_connection_minutes",
            Self::LambdaRequests => "lambda_requests",
            Self::LambdaGbSeconds => "lambda_gb_seconds",
            Self::LogGb => "log_gb",
            Self::S3Writes => "s3_writes",
            Self::S3Reads => "s3_reads",
            Self::SecretsRead => "secrets_read",
        }
    }
}
