//! Buckets with versions and object lock, as S3 has them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;
mod store;

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockMode,
    ObjectLockRetention, ObjectLockRetentionMode,
};
use store::{PLAIN, RECORDS, Store, code, in_days};

#[tokio::test]
async fn what_is_overwritten_or_deleted_can_still_be_read_by_its_version() {
    let store = Store::new().await;
    let first = store.put("loose", "a/b", "one").await;
    let second = store.put("loose", "a/b", "two").await;
    assert!(first.is_some() && first != second);
    assert_eq!(store.get("loose", "a/b", None).await.unwrap(), "two");
    assert_eq!(store.get("loose", "a/b", first.as_deref()).await.unwrap(), "one");

    let marker = store.delete("loose", "a/b", None, false).await.unwrap();
    assert_eq!(store.get("loose", "a/b", None).await.unwrap_err(), "NoSuchKey");
    let of_marker = store.get("loose", "a/b", marker.as_deref()).await;
    assert_eq!(of_marker.unwrap_err(), "MethodNotAllowed");
    assert_eq!(store.get("loose", "a/b", second.as_deref()).await.unwrap(), "two");
    let list = store.sdk.list_objects_v2().bucket("loose").send().await.unwrap();
    assert!(list.contents().is_empty());

    store.delete("loose", "a/b", marker.as_deref(), false).await.unwrap();
    assert_eq!(store.get("loose", "a/b", None).await.unwrap(), "two");
    store.delete("loose", "a/b", second.as_deref(), false).await.unwrap();
    assert_eq!(store.get("loose", "a/b", None).await.unwrap(), "one");
    assert_eq!(store.get("loose", "a/b", second.as_deref()).await.unwrap_err(), "NoSuchVersion");
}

#[tokio::test]
async fn versions_are_listed_page_by_page_the_newest_first() {
    let store = Store::new().await;
    let mut ids = Vec::new();
    for (key, content) in [("a", "1"), ("a", "2"), ("b", "3")] {
        ids.push(store.put("loose", key, content).await.unwrap());
    }
    let marker = store.delete("loose", "b", None, false).await.unwrap().unwrap();
    let (mut found, mut at) = (Vec::new(), (None, None));
    loop {
        let list = store.sdk.list_object_versions().bucket("loose").max_keys(1);
        let list = list.set_key_marker(at.0.take()).set_version_id_marker(at.1.take());
        let page = list.send().await.unwrap();
        found.extend(page.versions().iter().map(|version| {
            (version.version_id().unwrap().to_owned(), version.is_latest().unwrap())
        }));
        found.extend(
            page.delete_markers().iter().map(|marker| {
                (marker.version_id().unwrap().to_owned(), marker.is_latest().unwrap())
            }),
        );
        if page.is_truncated() != Some(true) {
            break;
        }
        at = (page.next_key_marker, page.next_version_id_marker);
    }
    let expected = [(&ids[1], true), (&ids[0], false), (&marker, true), (&ids[2], false)];
    assert_eq!(found, expected.map(|(id, is_latest)| (id.clone(), is_latest)));
}

#[tokio::test]
async fn a_version_under_compliance_goes_for_nobody_and_the_buckets_default_locks_it() {
    let store = Store::new().await;
    let version = store.put(RECORDS, "log/1", "said").await;
    let head = store.sdk.head_object().bucket(RECORDS).key("log/1").send().await.unwrap();
    assert_eq!(head.object_lock_mode(), Some(&ObjectLockMode::Compliance));
    assert!(*head.object_lock_retain_until_date().unwrap() > in_days(29));
    for bypasses in [false, true] {
        let refusal = store.delete(RECORDS, "log/1", version.as_deref(), bypasses).await;
        assert_eq!(refusal.unwrap_err(), "AccessDenied");
    }
    // A marker hides it and deletes nothing; nor does another version.
    store.delete(RECORDS, "log/1", None, false).await.unwrap();
    store.put(RECORDS, "log/1", "unsaid").await;
    assert_eq!(store.get(RECORDS, "log/1", version.as_deref()).await.unwrap(), "said");

    let retain = async |mode, days| {
        let retention =
            ObjectLockRetention::builder().mode(mode).retain_until_date(in_days(days)).build();
        let put = store.sdk.put_object_retention().bucket(RECORDS).key("log/1");
        let put = put.set_version_id(version.clone()).retention(retention);
        put.bypass_governance_retention(true).send().await.map_err(|error| code(&error))
    };
    let shorter = retain(ObjectLockRetentionMode::Compliance, 1).await;
    assert_eq!(shorter.unwrap_err(), "AccessDenied");
    let looser = retain(ObjectLockRetentionMode::Governance, 60).await;
    assert_eq!(looser.unwrap_err(), "AccessDenied");
    retain(ObjectLockRetentionMode::Compliance, 60).await.unwrap();
    let get = store.sdk.get_object_retention().bucket(RECORDS).key("log/1");
    let retention = get.set_version_id(version).send().await.unwrap().retention.unwrap();
    assert!(*retention.retain_until_date().unwrap() > in_days(59));
}

#[tokio::test]
async fn governance_can_be_bypassed_by_saying_so_and_a_legal_hold_cannot() {
    let store = Store::new().await;
    let put = store.sdk.put_object().bucket("loose").key("x");
    let put = put.object_lock_mode(ObjectLockMode::Governance);
    let put = put.object_lock_retain_until_date(in_days(1));
    let put = put.object_lock_legal_hold_status(ObjectLockLegalHoldStatus::On);
    let put = put.checksum_algorithm(ChecksumAlgorithm::Sha256);
    let put = put.body(ByteStream::from_static(b"x"));
    let version = put.send().await.unwrap().version_id;
    let refusal = store.delete("loose", "x", version.as_deref(), true).await;
    assert_eq!(refusal.unwrap_err(), "AccessDenied");

    let hold = ObjectLockLegalHold::builder().status(ObjectLockLegalHoldStatus::Off).build();
    let put = store.sdk.put_object_legal_hold().bucket("loose").key("x").legal_hold(hold);
    put.send().await.unwrap();
    let locked = store.delete("loose", "x", version.as_deref(), false).await;
    assert_eq!(locked.unwrap_err(), "AccessDenied");
    store.delete("loose", "x", version.as_deref(), true).await.unwrap();
    assert_eq!(store.get("loose", "x", None).await.unwrap_err(), "NoSuchKey");
}

#[tokio::test]
async fn what_object_lock_cannot_mean_is_refused() {
    let store = Store::new().await;
    let put = |bucket: &str, until: DateTime| {
        let put =
            store.sdk.put_object().bucket(bucket).key("x").body(ByteStream::from_static(b"x"));
        put.object_lock_mode(ObjectLockMode::Governance).object_lock_retain_until_date(until).send()
    };
    let without_lock = put(PLAIN, in_days(1)).await.unwrap_err();
    assert_eq!(code(&without_lock), "InvalidRequest");
    let past = put("loose", DateTime::from_secs(1_000_000_000)).await.unwrap_err();
    assert_eq!(code(&past), "InvalidArgument");
    let configuration = store.sdk.get_object_lock_configuration();
    let none = configuration.clone().bucket(PLAIN).send().await.unwrap_err();
    assert_eq!(code(&none), "ObjectLockConfigurationNotFoundError");
    let known = configuration.bucket(RECORDS).send().await.unwrap();
    let rule = known.object_lock_configuration.unwrap().rule.unwrap().default_retention.unwrap();
    assert_eq!((rule.mode, rule.days), (Some(ObjectLockRetentionMode::Compliance), Some(30)));
}
