//! OneSignal: one push, and what its answer means.

mod answer;
mod breaker;

pub(crate) use answer::Verdict;

use crate::secret::{Key, Known};
use answer::read;
use breaker::Breaker;
use chat::{
    app::App,
    config::{Config, Texts},
    error::Cause,
    http::Http,
    id::{MessageId, SessionId},
    log,
    metrics::Metric,
};
use reqwest::{
    StatusCode,
    header::{AUTHORIZATION, RETRY_AFTER},
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use uuid::Uuid;

/// How long the provider may take in all.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// A phone that dozes is woken for it: Android holds back what is of normal priority.
const PRIORITY: u8 = 10;
/// For how long a phone that is off is to get it, in seconds.
const TIME_TO_LIVE: u32 = 3 * 24 * 60 * 60;

/// The push provider.
pub struct Provider {
    http: Http,
    url: String,
    app_id: String,
    headings: Texts,
    contents: Texts,
    key: Key,
    breaker: Breaker,
}

/// One push to one phone.
pub(crate) struct Push<'a> {
    pub(crate) message: MessageId,
    pub(crate) session: SessionId,
    pub(crate) seq: i64,
    pub(crate) player: &'a str,
    /// The customer's unread messages.
    pub(crate) badge: i64,
}

impl Provider {
    /// The provider as configured.
    ///
    /// # Errors
    /// When the function is not configured to push.
    pub fn new(config: &Config, http: &Http) -> Result<Self, Cause> {
        let push = config.push.as_ref().ok_or_else(|| Cause::new("pushes are not configured"))?;
        Ok(Self {
            http: http.clone(),
            url: format!("{}/notifications", push.url.trim_end_matches('/')),
            app_id: push.app_id.clone(),
            headings: push.headings.clone(),
            contents: push.contents.clone(),
            key: Key::new(push.api_key.clone(), http.clone()),
            breaker: Breaker::default(),
        })
    }

    /// Whether the provider has failed so often that nothing is sent to it for a while.
    pub(crate) fn is_left_alone(&self) -> bool {
        self.breaker.remaining().is_some()
    }

    /// Sends a push, unless the provider has failed so often that it is left alone for a while.
    pub(crate) async fn push(&self, app: &App, push: &Push<'_>) -> Verdict {
        if let Some(remaining) = self.breaker.remaining() {
            app.metrics.add(Metric::PushesHeldBack, 1.0);
            return Verdict::HeldBack { not_before: remaining };
        }
        let verdict = self.attempt(app, push).await;
        let metric = match &verdict {
            Verdict::Accepted { .. } => Metric::PushesAccepted,
            Verdict::Refused { .. } => Metric::PushesRefused,
            Verdict::TryLater { .. } | Verdict::HeldBack { .. } => Metric::PushesFailed,
        };
        app.metrics.add(metric, 1.0);
        self.breaker.note(!matches!(verdict, Verdict::TryLater { .. }));
        verdict
    }

    /// One request; a second when the first was refused for its key and there may be a newer one.
    async fn attempt(&self, app: &App, push: &Push<'_>) -> Verdict {
        let body = self.body(push);
        let first = self.request(app, push, &body).await;
        match first {
            Ok(verdict) => verdict,
            Err(KeyRefused(key)) if self.key.refused(&key).await => {
                self.request(app, push, &body).await.unwrap_or_else(KeyRefused::give_up)
            }
            Err(refused) => refused.give_up(),
        }
    }

    async fn request(
        &self,
        app: &App,
        push: &Push<'_>,
        body: &Value,
    ) -> Result<Verdict, KeyRefused> {
        let ready =
            async { Ok::<_, Cause>((self.key.get((app.now)()).await?, self.http.client()?)) };
        let (key, client) = match ready.await {
            Ok(ready) => ready,
            Err(cause) => {
                log::error!(%cause, "no push can be sent");
                return Ok(Verdict::TryLater { not_before: Duration::ZERO });
            }
        };
        let request = client
            .post(&self.url)
            .timeout(REQUEST_TIMEOUT)
            .header(AUTHORIZATION, format!("Key {}", key.key.expose()))
            .json(body);
        let sent = async { self.http.execute(request.build()?).await };
        let Ok(answer) = sent.await else {
            return Ok(Verdict::TryLater { not_before: Duration::ZERO });
        };
        let status = answer.status();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(KeyRefused(key));
        }
        let retry_after = answer
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| retry_after(value.to_str().ok()?.trim(), (app.now)()));
        // An answer that breaks off says nothing: the same key makes asking again harmless.
        let Ok(text) = answer.text().await else {
            return Ok(Verdict::TryLater { not_before: Duration::ZERO });
        };
        Ok(read(status.as_u16(), retry_after, &text, push.player))
    }

    fn body(&self, push: &Push<'_>) -> Value {
        let Push { message, session, seq, player, badge } = push;
        // The same on every attempt, and another for every message and app.
        let name = format!("{}/messages/{}", self.app_id, message);
        let idempotency_key = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        json!({
            "app_id": self.app_id,
            "include_subscription_ids": [player],
            // The same words for every message: that there is one, and nothing of it.
            "headings": self.headings,
            "contents": self.contents,
            "data": {"session_id": session, "seq": seq},
            "idempotency_key": idempotency_key,
            "priority": PRIORITY,
            "ttl": TIME_TO_LIVE,
            "collapse_id": format!("session-{session}"),
            "ios_badgeType": "SetTo",
            "ios_badgeCount": badge,
        })
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = SystemTime::from(OffsetDateTime::parse(value, &Rfc2822).ok()?);
    Some(date.duration_since(now).unwrap_or_default())
}

/// The provider does not know this key of ours.
struct KeyRefused(Known);

impl KeyRefused {
    fn give_up(self) -> Verdict {
        drop(self);
        log::error!("the push provider refuses our API key");
        Verdict::TryLater { not_before: Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
