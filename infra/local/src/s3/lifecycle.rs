//! What buckets lose by their rules, on the day that they are told it is.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use s3s::S3Result;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};

use super::bucket::Buckets;
use super::history::History;
use super::plain::PlainBuckets;
use super::versioned::VersionedBucket;
use crate::template::{BucketSpec, LifecycleRule};

/// What has gone.
#[derive(Debug, Default, Serialize)]
struct Expired {
    /// Objects, as `bucket/key`; of a versioned bucket they are marked as deleted.
    objects: Vec<String>,
    /// Versions and markers, as `bucket/key?versionId=…`.
    versions: Vec<String>,
}

#[derive(Deserialize)]
struct Wanted {
    /// `2026-12-24`
    day: String,
}

/// `POST /lifecycle/run` with `{"day": "2026-12-24"}`.
pub fn router(buckets: Buckets) -> Router {
    Router::new().route("/lifecycle/run", post(run)).with_state(buckets)
}

async fn run(State(buckets): State<Buckets>, Json(wanted): Json<Wanted>) -> Response {
    let Ok(day) = Date::parse(&wanted.day, format_description!("[year]-[month]-[day]")) else {
        let body = Json(json!({"message": "day must be like 2026-12-24"}));
        return (StatusCode::BAD_REQUEST, body).into_response();
    };
    let mut expired = Expired::default();
    for spec in buckets.specs.iter() {
        let done = match buckets.versioned.get(&spec.name) {
            Some(bucket) => expire_versions(bucket, day, &mut expired).await,
            None => expire_objects(&buckets.plain, spec, day, &mut expired).await,
        };
        if let Err(error) = done {
            let body = Json(json!({"message": error.to_string()}));
            return (StatusCode::INTERNAL_SERVER_ERROR, body).into_response();
        }
    }
    Json(expired).into_response()
}

async fn expire_objects(
    buckets: &PlainBuckets,
    spec: &BucketSpec,
    day: Date,
    expired: &mut Expired,
) -> S3Result<()> {
    for object in buckets.objects(&spec.name).await? {
        let is_due = |rule: &&LifecycleRule| {
            applies(rule, &object.key, |key, value| {
                object.tags.get(key).is_some_and(|tag| tag == value)
            }) && rule.days.is_some_and(|days| is_over(object.at, days, day))
        };
        if spec.lifecycle.iter().any(|rule| is_due(&rule)) {
            buckets.remove(&spec.name, &object.key).await?;
            expired.objects.push(format!("{}/{}", spec.name, object.key));
        }
    }
    Ok(())
}

async fn expire_versions(
    bucket: &VersionedBucket,
    day: Date,
    expired: &mut Expired,
) -> S3Result<()> {
    let _alone = bucket.change().await;
    let now = day.midnight().assume_utc();
    for mut history in bucket.histories.all("").await? {
        let path = format!("{}/{}", bucket.spec.name, history.key);
        for rule in &bucket.spec.lifecycle {
            let is_current_due = history.current().is_some_and(|version| {
                applies(rule, &history.key, |key, value| {
                    version.tags.get(key).is_some_and(|tag| tag == value)
                }) && rule.days.is_some_and(|days| is_over(version.at, days, day))
            });
            if is_current_due {
                bucket.mark(&mut history, now).await?;
                expired.objects.push(path.clone());
            }
            for id in due_versions(rule, &history, day) {
                bucket.remove(&mut history, &id).await?;
                expired.versions.push(format!("{path}?versionId={id}"));
            }
        }
    }
    Ok(())
}

/// The noncurrent versions whose time is over, and the marker that is left alone. What is locked stays,
/// until its own time is over too.
fn due_versions(rule: &LifecycleRule, history: &History, day: Date) -> Vec<String> {
    let now = day.midnight().assume_utc();
    let noncurrent = history.versions.windows(2).filter_map(|pair| {
        let [version, successor] = pair else { return None };
        let is_locked =
            version.is_held || version.lock.is_some_and(|lock| !lock.lets_go(false, now));
        let has_tag =
            |key: &str, value: &str| version.tags.get(key).is_some_and(|tag| tag == value);
        let is_due = applies(rule, &history.key, has_tag)
            && rule.noncurrent_days.is_some_and(|days| is_over(successor.at, days, day));
        (is_due && !is_locked).then(|| version.id.clone())
    });
    let mut due: Vec<String> = noncurrent.collect();
    if let [marker] = history.versions.as_slice()
        && marker.is_marker
        && rule.removes_lone_markers
        && applies(rule, &history.key, |_, _| false)
    {
        due.push(marker.id.clone());
    }
    due
}

fn applies(rule: &LifecycleRule, key: &str, has_tag: impl Fn(&str, &str) -> bool) -> bool {
    key.starts_with(&rule.prefix) && rule.tags.iter().all(|(key, value)| has_tag(key, value))
}

/// S3 adds the days to the time and rounds up to the next midnight UTC.
fn is_over(since: OffsetDateTime, days: u32, day: Date) -> bool {
    let due = since.to_offset(time::UtcOffset::UTC) + Duration::days(days.into());
    let is_midnight = due.time() == time::Time::MIDNIGHT;
    let due = if is_midnight { Some(due.date()) } else { due.date().next_day() };
    due.is_some_and(|due| due <= day)
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::is_over;

    #[test]
    fn an_object_expires_at_the_midnight_after_its_days() {
        let since = datetime!(2026-12-01 10:30 UTC);
        assert!(!is_over(since, 3, date!(2026 - 12 - 04)));
        assert!(is_over(since, 3, date!(2026 - 12 - 05)));
        assert!(is_over(datetime!(2026-12-01 0:00 UTC), 3, date!(2026 - 12 - 04)));
    }
}
