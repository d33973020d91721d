//! Secrets Manager: a value is read when it is first needed, and again when whoever was shown it
//! refuses it, since it may have been rotated.

use crate::{clock, config::Secret, error::Cause, http::Http, signed::Service};
use serde_json::{Value, json};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;

/// How long Secrets Manager may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(1);
/// A value that was read so recently is not read again: a password that stays wrong is no reason to ask
/// with every request.
const BETWEEN_READS: Duration = Duration::from_secs(1);

/// One secret.
pub struct StoredSecret {
    id: String,
    service: Service,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Secret>,
    read: Option<Instant>,
}

impl StoredSecret {
    /// The secret of this ARN or name.
    #[must_use]
    pub fn new(id: String, http: Http) -> Self {
        let endpoint = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
        let service = Service::new("secretsmanager", endpoint, REQUEST_TIMEOUT, http);
        Self { id, service, state: Mutex::default() }
    }

    /// The value as last known.
    ///
    /// # Errors
    /// When it is not known yet, and cannot be read.
    pub async fn get(&self, now: SystemTime) -> Result<Secret, Cause> {
        let mut state = self.state.lock().await;
        if let Some(value) = &state.known {
            return Ok(value.clone());
        }
        let value = self.read(now).await?;
        state.known = Some(value.clone());
        state.read = Some(clock::instant());
        Ok(value)
    }

    /// This value was refused. Tells whether there may be another by now: if so, [`Self::get`] has it.
    pub async fn refused(&self, value: &Secret) -> bool {
        let mut state = self.state.lock().await;
        let is_what_we_know =
            state.known.as_ref().is_some_and(|known| known.expose() == value.expose());
        if !is_what_we_know {
            // Somebody else was refused before, and has read it anew.
            return true;
        }
        let is_recent = state.read.is_some_and(|read| read.elapsed() < BETWEEN_READS);
        if !is_recent {
            state.known = None;
        }
        !is_recent
    }

    async fn read(&self, now: SystemTime) -> Result<Secret, Cause> {
        // JSON 1.1 (AWS's service model of Secrets Manager); another content type is refused.
        let target = ("x-amz-target", "secretsmanager.GetSecretValue");
        let body = json!({"SecretId": self.id}).to_string();
        let answer =
            self.service.post("/", "application/x-amz-json-1.1", target, body, now).await?;
        let status = answer.status();
        let unreadable = || Cause::new("what Secrets Manager answered cannot be read");
        let answer: Value = answer.json().await.map_err(|_| unreadable())?;
        if !status.is_success() {
            let (status, error) = (status.as_u16(), error_name(&answer));
            return Err(Cause::new(format!("Secrets Manager answered {status} {error}")));
        }
        let value = answer.get("SecretString").and_then(Value::as_str).ok_or_else(unreadable)?;
        Ok(Secret::from(value.to_owned()))
    }
}

/// `AccessDeniedException`, perhaps behind a namespace; nothing else of an answer is for the log.
fn error_name(answer: &Value) -> &str {
    let name = answer.get("__type").and_then(Value::as_str).unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default();
    if name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphabetic()) { name } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_by_its_name_alone() {
        for (answer, name) in [
            (
                json!({"__type": "AccessDeniedException", "Message": "canary"}),
                "AccessDeniedException",
            ),
            (
                json!({"__type": "com.amazonaws#ResourceNotFoundException"}),
                "ResourceNotFoundException",
            ),
            (json!({"__type": "it is a canary"}), ""),
            (json!({}), ""),
        ] {
            assert_eq!(error_name(&answer), name);
        }
    }
}
