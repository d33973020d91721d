//! S3 as the functions and the phones meet it: only signed requests, and only as signed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod bucket;
mod place;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Tag, Tagging};
use chat_local::s3::IMAGE_BUCKET;
use reqwest::{Method, Response, StatusCode};

use self::bucket::{Bucket, JPEG, KEY, expired, for_a_minute};

#[tokio::test]
async fn an_upload_as_signed_is_stored_with_its_type() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(for_a_minute()).await;
    assert_eq!(bucket.send(&put, &[], JPEG).await.status(), StatusCode::OK);

    let head = bucket.sdk.head_object().bucket(IMAGE_BUCKET).key(KEY).send().await.unwrap();
    assert_eq!(head.content_type(), Some("image/jpeg"));
    assert_eq!(head.content_length(), Some(JPEG.len().try_into().unwrap()));
    let start = bucket
        .sdk
        .get_object()
        .bucket(IMAGE_BUCKET)
        .key(KEY)
        .range("bytes=0-3")
        .send()
        .await
        .unwrap();
    assert_eq!(start.content_range(), Some(format!("bytes 0-3/{}", JPEG.len()).as_str()));
    assert_eq!(start.content_type(), Some("image/jpeg"));
    assert_eq!(start.body.collect().await.unwrap().into_bytes().as_ref(), &JPEG[..4]);
}

#[tokio::test]
async fn an_expired_upload_url_is_refused() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(expired()).await;
    assert_eq!(bucket.send(&put, &[], JPEG).await.status(), StatusCode::FORBIDDEN);
    assert!(bucket.holds_nothing().await);
}

#[tokio::test]
async fn an_upload_of_another_type_length_or_condition_is_refused() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(for_a_minute()).await;
    for (changes, body) in [
        (&[("content-type", "text/html")][..], JPEG),
        (&[("content-type", "")][..], JPEG),
        (&[("if-none-match", "")][..], JPEG),
        (&[][..], b"longer than what was promised, and by a good deal".as_slice()),
        (&[][..], b"short".as_slice()),
    ] {
        let refusal = bucket.send(&put, changes, body).await;
        assert_eq!(refusal.status(), StatusCode::FORBIDDEN, "{changes:?}");
        let document = refusal.text().await.unwrap();
        assert!(document.contains("<Code>SignatureDoesNotMatch</Code>"), "{document}");
    }
    assert!(bucket.holds_nothing().await);
}

#[tokio::test]
async fn an_object_is_not_overwritten() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(for_a_minute()).await;
    assert_eq!(bucket.send(&put, &[], JPEG).await.status(), StatusCode::OK);
    assert_eq!(bucket.send(&put, &[], JPEG).await.status(), StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn of_many_simultaneous_uploads_of_one_key_one_is_stored() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(for_a_minute()).await;
    let uploads = (0..20).map(|_| bucket.send(&put, &[], JPEG));
    let statuses: Vec<_> =
        futures_util::future::join_all(uploads).await.iter().map(Response::status).collect();
    let stored = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    assert_eq!(stored, 1, "{statuses:?}");
    let refusals = [StatusCode::PRECONDITION_FAILED, StatusCode::CONFLICT];
    assert!(
        statuses.iter().all(|status| *status == StatusCode::OK || refusals.contains(status)),
        "{statuses:?}"
    );
}

#[tokio::test]
async fn a_download_url_gives_the_object_as_it_says_and_no_other_way() {
    let bucket = Bucket::new().await;
    let put = bucket.presigned_put(for_a_minute()).await;
    assert_eq!(bucket.send(&put, &[], JPEG).await.status(), StatusCode::OK);

    let get = bucket.presigned_get().await;
    let answer = bucket.send(&get, &[], b"").await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert_eq!(answer.headers()["content-type"], "image/webp");
    assert_eq!(answer.bytes().await.unwrap().as_ref(), JPEG);

    let altered = [
        get.uri().replace("attachment", "inline"),
        get.uri().replace("sessions/7/", "sessions/8/"),
        get.uri().replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        get.uri().split('?').next().unwrap().to_owned(),
    ];
    for url in altered {
        assert_eq!(
            bucket.http.get(&url).send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{url}"
        );
    }
}

#[tokio::test]
async fn tags_are_kept_with_the_object() {
    let bucket = Bucket::new().await;
    let put = bucket.sdk.put_object().bucket(IMAGE_BUCKET).key(KEY).tagging("kept=no&by=a%26b");
    put.body(ByteStream::from_static(JPEG)).send().await.unwrap();
    let tags = async || {
        let tags =
            bucket.sdk.get_object_tagging().bucket(IMAGE_BUCKET).key(KEY).send().await.unwrap();
        tags.tag_set()
            .iter()
            .map(|tag| format!("{}={}", tag.key(), tag.value()))
            .collect::<Vec<_>>()
    };
    assert_eq!(tags().await, ["by=a&b", "kept=no"]);

    let tag = Tag::builder().key("kept").value("yes").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    bucket
        .sdk
        .put_object_tagging()
        .bucket(IMAGE_BUCKET)
        .key(KEY)
        .tagging(tagging)
        .send()
        .await
        .unwrap();
    assert_eq!(tags().await, ["kept=yes"]);
    bucket.sdk.delete_object().bucket(IMAGE_BUCKET).key(KEY).send().await.unwrap();
    assert!(bucket.sdk.get_object_tagging().bucket(IMAGE_BUCKET).key(KEY).send().await.is_err());
}

#[tokio::test]
async fn a_browser_of_any_page_may_upload_and_read_the_etag() {
    let bucket = Bucket::new().await;
    let url = format!("{}/{IMAGE_BUCKET}/x", bucket.url);
    let preflight =
        bucket.http.request(Method::OPTIONS, url).header("origin", "http://localhost:3000");
    let preflight = preflight.header("access-control-request-method", "PUT");
    let answer = preflight
        .header("access-control-request-headers", "content-type,if-none-match")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["access-control-allow-methods"].to_str().unwrap().contains("PUT"));

    let put = bucket.presigned_put(for_a_minute()).await;
    let headers = put.headers().filter(|(name, _)| *name != "content-length");
    let upload = headers
        .fold(bucket.http.put(put.uri()), |upload, (name, value)| upload.header(name, value));
    let upload = upload.header("origin", "http://localhost:3000").body(JPEG);
    let answer = upload.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers()["access-control-expose-headers"].to_str().unwrap().contains("ETag"));
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
}
