//! Buckets' rules of expiry and for pages of other origins, as S3 applies them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;
mod store;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectLockMode;
use place::http_client;
use reqwest::{Method, StatusCode};
use serde_json::json;
use store::{PLAIN, RECORDS, Store, in_days};

#[tokio::test]
async fn an_object_expires_with_its_tag_prefix_and_days_and_no_other() {
    let store = Store::new().await;
    for (key, tags) in [
        ("sessions/1/pending", "upload=pending"),
        ("sessions/1/other", "upload=done"),
        ("sessions/1/taken", ""),
        ("elsewhere", "upload=pending"),
    ] {
        let put = store.sdk.put_object().bucket(PLAIN).key(key);
        let put = put.set_tagging(Some(tags).filter(|tags| !tags.is_empty()).map(Into::into));
        put.body(ByteStream::from_static(b"x")).send().await.unwrap();
    }
    assert_eq!(store.day(14).await["objects"], json!([]));
    assert_eq!(store.day(15).await["objects"], json!(["chat-plain/sessions/1/pending"]));
    let list = store.sdk.list_objects_v2().bucket(PLAIN).send().await.unwrap();
    let keys: Vec<_> = list.contents().iter().filter_map(|object| object.key()).collect();
    assert_eq!(keys, ["elsewhere", "sessions/1/other", "sessions/1/taken"]);
}

#[tokio::test]
async fn noncurrent_versions_and_lone_markers_go_in_their_time_and_locked_ones_stay() {
    let store = Store::new().await;
    let old = store.put("loose", "k", "old").await.unwrap();
    store.put("loose", "k", "new").await;
    let gone = store.put("loose", "g", "gone").await.unwrap();
    let marker = store.delete("loose", "g", None, false).await.unwrap().unwrap();
    let locked = store.sdk.put_object().bucket("loose").key("l");
    let locked = locked.object_lock_mode(ObjectLockMode::Governance);
    let locked = locked.object_lock_retain_until_date(in_days(30));
    let locked = locked.body(ByteStream::from_static(b"locked")).send().await.unwrap().version_id;
    store.put("loose", "l", "later").await;

    assert_eq!(store.day(3).await["versions"], json!([]));
    let mut expired: Vec<String> =
        serde_json::from_value(store.day(4).await["versions"].clone()).unwrap();
    expired.sort_unstable();
    let mut expected = [
        format!("loose/g?versionId={gone}"),
        format!("loose/g?versionId={marker}"),
        format!("loose/k?versionId={old}"),
    ];
    expected.sort_unstable();
    assert_eq!(expired, expected);
    assert_eq!(store.get("loose", "k", None).await.unwrap(), "new");
    assert_eq!(store.get("loose", "l", locked.as_deref()).await.unwrap(), "locked");
}

#[tokio::test]
async fn preflights_are_answered_by_the_buckets_rules() {
    let store = Store::new().await;
    let preflight = async |bucket: &str, origin: &str, method: &str, headers: &str| {
        let url = format!("{}/{bucket}/x", store.url);
        let request = http_client().request(Method::OPTIONS, url).header("origin", origin);
        let request = request.header("access-control-request-method", method);
        request.header("access-control-request-headers", headers).send().await.unwrap()
    };
    let (page, headers) = ("https://app.example.test", "Content-Type, x-amz-tagging");
    let allowed = preflight(PLAIN, page, "PUT", headers).await;
    assert_eq!(allowed.status(), StatusCode::OK);
    let answer = allowed.headers();
    assert_eq!(answer["access-control-allow-origin"], page);
    assert_eq!(answer["access-control-allow-headers"], "content-type, x-amz-tagging");
    assert_eq!(answer["access-control-max-age"], "60");
    for (bucket, origin, method, headers) in [
        (PLAIN, "https://other.test", "PUT", headers),
        (PLAIN, page, "GET", headers),
        (PLAIN, page, "PUT", "authorization"),
        (RECORDS, page, "PUT", headers),
    ] {
        let refused = preflight(bucket, origin, method, headers).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{bucket} {origin} {method} {headers}");
        assert!(refused.text().await.unwrap().contains("AccessForbidden"));
    }
}
