//! S3 is for those who may, and who can prove who they are.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod bucket;
mod place;
mod signing;

use std::time::Duration;

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{Tag, Tagging};
use chat_local::iam::Principal;
use chat_local::s3::IMAGE_BUCKET;
use reqwest::StatusCode;

use self::bucket::{Bucket, JPEG, KEY, for_a_minute};
use self::signing::Signer;

#[tokio::test]
async fn a_stranger_with_other_keys_is_refused() {
    let bucket = Bucket::new().await;
    bucket.put("").await;
    let another = bucket.iam.credentials(&Principal::Operator).unwrap().session_token.clone();
    let cases = [
        (bucket.of("read", |own| own.secret_access_key.push('x')), 403, "SignatureDoesNotMatch"),
        (
            bucket.of("read", |own| own.access_key_id = "ASIANOBODY".into()),
            403,
            "InvalidAccessKeyId",
        ),
        (bucket.of("read", |own| own.session_token.clear()), 403, "InvalidAccessKeyId"),
        (bucket.of("read", |own| own.session_token = another), 400, "InvalidToken"),
        (bucket.of("write", |_| {}), 403, "AccessDenied"),
    ];
    for (stranger, status, code) in cases {
        let refusal = stranger.get_object().bucket(IMAGE_BUCKET).key(KEY).send().await.unwrap_err();
        assert_eq!(refusal.raw_response().unwrap().status().as_u16(), status, "{code}");
        assert_eq!(refusal.code(), Some(code));
    }
    let known = bucket.of("read", |_| {}).get_object().bucket(IMAGE_BUCKET).key(KEY).send().await;
    assert_eq!(known.unwrap().body.collect().await.unwrap().into_bytes().as_ref(), JPEG);
}

#[tokio::test]
async fn a_signature_of_another_time_region_or_service_is_refused() {
    /// The hash of no body.
    const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let bucket = Bucket::new().await;
    let operator = bucket.iam.credentials(&Principal::Operator).unwrap();
    let now = Signer::new(operator, "s3");
    let minutes = Duration::from_mins;
    for (signer, status, code) in [
        (now.before(minutes(14)), 200, "<ListBucketResult"),
        (now.before(minutes(16)), 403, "<Code>RequestTimeTooSkewed</Code>"),
        (Signer { region: "us-east-1", ..now }, 400, "<Code>AuthorizationHeaderMalformed</Code>"),
        (Signer { service: "sts", ..now }, 400, "<Code>AuthorizationHeaderMalformed</Code>"),
    ] {
        let host = bucket.url.strip_prefix("http://").unwrap();
        let hash = [("x-amz-content-sha256", NOTHING)];
        let path = format!("/{IMAGE_BUCKET}?list-type=2");
        let mut request = bucket.http.get(format!("{}{path}", bucket.url));
        for line in signer.headers(host, &format!("GET {path}"), &hash, b"") {
            let (name, value) = line.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{code}");
        let document = answer.text().await.unwrap();
        assert!(document.contains(code), "{document}");
    }
}

#[tokio::test]
async fn a_pre_signed_url_may_do_what_its_signer_may() {
    let bucket = Bucket::new().await;
    let length = JPEG.len().try_into().unwrap();
    let put = async |function: &str| {
        let put = bucket.of(function, |_| {}).put_object().bucket(IMAGE_BUCKET).key(KEY);
        let put = put.content_length(length).tagging("upload=pending").presigned(for_a_minute());
        bucket.send(&put.await.unwrap(), &[], JPEG).await.status()
    };
    assert_eq!(put("read").await, StatusCode::FORBIDDEN);
    // The tags need a right of their own.
    assert_eq!(put("store").await, StatusCode::FORBIDDEN);
    assert_eq!(put("write").await, StatusCode::OK);
    let elsewhere = bucket.of("write", |_| {}).put_object().bucket(IMAGE_BUCKET).key("else.jpg");
    let elsewhere = elsewhere.content_length(length).presigned(for_a_minute()).await.unwrap();
    assert_eq!(bucket.send(&elsewhere, &[], JPEG).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_who_may_list_is_told_that_an_object_is_not_there() {
    let bucket = Bucket::new().await;
    for (function, code) in [("read", "AccessDenied"), ("look", "NoSuchKey")] {
        let client = bucket.of(function, |_| {});
        let refusal = client.get_object().bucket(IMAGE_BUCKET).key(KEY).send().await.unwrap_err();
        assert_eq!(refusal.code(), Some(code), "{function}");
    }
}

#[tokio::test]
async fn a_tagged_object_is_denied_by_the_buckets_policy() {
    let bucket = Bucket::new().await;
    for (tags, is_denied) in [("retracted=true", true), ("retracted=false", false), ("", false)] {
        bucket.put(tags).await;
        let client = bucket.of("read", |_| {});
        let answer = client.get_object().bucket(IMAGE_BUCKET).key(KEY).send().await;
        assert_eq!(answer.is_err(), is_denied, "{tags}");
        // Its role is the one that the policy excepts.
        let client = bucket.of("look", |_| {});
        client.get_object().bucket(IMAGE_BUCKET).key(KEY).send().await.unwrap();
    }
}

#[tokio::test]
async fn a_condition_about_new_tags_holds_for_those_in_the_body() {
    let bucket = Bucket::new().await;
    bucket.put("").await;
    let client = bucket.of("withdraw", |_| {});
    for (value, is_denied) in [("false", true), ("true", false)] {
        let tag = Tag::builder().key("retracted").value(value).build().unwrap();
        let tagging = Tagging::builder().tag_set(tag).build().unwrap();
        let put = client.put_object_tagging().bucket(IMAGE_BUCKET).key(KEY).tagging(tagging);
        assert_eq!(put.send().await.is_err(), is_denied, "{value}");
    }
}

#[tokio::test]
async fn one_of_s3s_headers_that_is_not_signed_is_refused() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(for_a_minute()).await;
    let url = put.uri();
    let mut request = bucket.http.put(url).body(JPEG).header("x-amz-tagging", "a=b");
    for (name, value) in put.headers().filter(|(name, _)| *name != "content-length") {
        request = request.header(name, value);
    }
    assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_operator_lists_buckets_and_a_function_does_not() {
    let bucket = Bucket::new().await;
    let list = bucket.sdk.list_buckets().send().await.unwrap();
    assert!(list.buckets().iter().any(|bucket| bucket.name() == Some(IMAGE_BUCKET)));
    let refusal = bucket.of("look", |_| {}).list_buckets().send().await.unwrap_err();
    assert_eq!(refusal.code(), Some("AccessDenied"));
}

#[tokio::test]
async fn who_waits_to_send_a_body_and_is_refused_is_told_that_the_connection_ends() {
    let bucket = Bucket::new().await;
    let upload = bucket.http.put(format!("{}/{IMAGE_BUCKET}/{KEY}", bucket.url));
    let refusal = upload.header("expect", "100-continue").body(JPEG).send().await.unwrap();
    assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
    assert_eq!(refusal.headers()["connection"], "close");
    let refusal = bucket.http.get(&bucket.url).send().await.unwrap();
    assert_eq!(refusal.status(), StatusCode::FORBIDDEN);
    assert!(!refusal.headers().contains_key("connection"));
}
