//! Reading the provider's answers, which come in several shapes: 200 can be a failure, and `errors`
//! is an array of sentences or an object of lists.

use serde_json::Value;
use std::time::Duration;

/// The longest Retry-After that is honored: after a day a push is given up anyway.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// What an answer means for a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The provider has it.
    Accepted {
        /// Whether the provider calls the player invalid all the same.
        invalid_player: bool,
    },
    /// It will never work; the player may be to blame.
    Refused {
        /// Whether the provider calls the player invalid.
        invalid_player: bool,
    },
    /// It may work later.
    TryLater {
        /// How long the provider wants to be left alone.
        not_before: Duration,
    },
    /// It was not sent: the provider has failed so often that it is left alone.
    HeldBack {
        /// For how long still.
        not_before: Duration,
    },
}

impl Verdict {
    pub(crate) fn names_invalid_player(&self) -> bool {
        matches!(self, Self::Accepted { invalid_player } | Self::Refused { invalid_player } if *invalid_player)
    }
}

/// Reads an answer to a push for `player`.
pub(crate) fn read(
    status: u16,
    retry_after: Option<Duration>,
    body: &str,
    player: &str,
) -> Verdict {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let has_id = body.get("id").and_then(Value::as_str).is_some_and(|id| !id.is_empty());
    let invalid_player = calls_invalid(&body, player);
    match status {
        200..=299 if has_id => Verdict::Accepted { invalid_player },
        200..=299 | 400 => Verdict::Refused { invalid_player },
        // A wrong URL or an unpaid bill is put right by someone: nothing is dropped for it.
        _ => Verdict::TryLater { not_before: retry_after.unwrap_or_default().min(LONGEST_WAIT) },
    }
}

fn calls_invalid(body: &Value, player: &str) -> bool {
    let is_player =
        |id: &Value| id.as_str().is_some_and(|id| id.trim().eq_ignore_ascii_case(player));
    ["invalid_player_ids", "invalid_subscription_ids"]
        .iter()
        .filter_map(|name| body.get("errors")?.get(name))
        .any(|ids| is_player(ids) || ids.as_array().is_some_and(|ids| ids.iter().any(is_player)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYER: &str = "p";

    #[test]
    fn an_id_is_what_makes_it_accepted() {
        let accepted = read(200, None, r#"{"id":"n"}"#, PLAYER);
        assert_eq!(accepted, Verdict::Accepted { invalid_player: false });
        for body in [r#"{"id":""}"#, r#"{"id":"","errors":["not subscribed"]}"#, "{}", "", "[]"] {
            let verdict = read(200, None, body, PLAYER);
            assert_eq!(verdict, Verdict::Refused { invalid_player: false }, "{body}");
        }
    }

    #[test]
    fn an_invalid_player_is_named_in_either_way() {
        for (body, invalid_player) in [
            (r#"{"id":"","errors":{"invalid_player_ids":["P"]}}"#, true),
            (r#"{"errors":{"invalid_subscription_ids":["p"]}}"#, true),
            (r#"{"errors":{"invalid_player_ids":["q"]}}"#, false),
            (r#"{"errors":{"invalid_player_ids":"p"}}"#, true),
            (r#"{"errors":{"invalid_player_ids":"q"}}"#, false),
        ] {
            assert_eq!(
                read(200, None, body, PLAYER),
                Verdict::Refused { invalid_player },
                "{body}"
            );
            assert_eq!(
                read(400, None, body, PLAYER),
                Verdict::Refused { invalid_player },
                "{body}"
            );
        }
    }

    #[test]
    fn busy_and_broken_providers_are_asked_again_when_they_say() {
        let wait = Duration::from_secs(7);
        for status in [402, 404, 408, 429, 500, 502, 503, 504] {
            assert_eq!(
                read(status, Some(wait), "", PLAYER),
                Verdict::TryLater { not_before: wait }
            );
        }
        let day = Some(Duration::from_hours(48));
        assert_eq!(read(503, day, "", PLAYER), Verdict::TryLater { not_before: LONGEST_WAIT });
    }

    #[test]
    fn fuzz_answers() {
        let texts = [
            r#"{"id":"a","external_id":null}"#,
            r#"{"id":"","errors":["All included players are not subscribed"]}"#,
            r#"{"id":"a","errors":{"invalid_player_ids":["p"," P "]}}"#,
            "<html>502 Bad Gateway</html>",
        ];
        let words = [
            "\"errors\":",
            "\"invalid_subscription_ids\":",
            "{",
            "[",
            "null",
            "\"p\"",
            "\"id\":",
            "1e400",
            ",",
        ];
        let corpus = chat_fuzz::Corpus::new(texts, words);
        let verdicts = |bytes: &[u8]| {
            let body = String::from_utf8_lossy(bytes);
            [200, 400, 429, 503].map(|status| read(status, Some(Duration::MAX), &body, PLAYER))
        };
        corpus.hunt(|bytes| {
            let [ok, bad, busy, broken] = verdicts(bytes);
            assert!(
                !matches!(ok, Verdict::TryLater { .. }) && matches!(bad, Verdict::Refused { .. })
            );
            for later in [busy, broken] {
                assert_eq!(later, Verdict::TryLater { not_before: LONGEST_WAIT });
            }
        });
        // A bug that only an invalid player under the other name, beside no id, comes to.
        assert!(corpus.finds(|bytes| matches!(
            &verdicts(bytes)[0],
            Verdict::Refused { invalid_player: true }
        )));
    }
}
