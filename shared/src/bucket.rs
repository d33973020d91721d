//! The bucket of the images, in S3.

mod client;
mod verify;

use crate::{
    caller::Caller,
    error::{Cause, Error},
    http::Http,
    id::SessionId,
    image::{Image, ImageKeys, ImageType, Upload, upload_prefix},
    message::{Message, MessageView},
    random,
    session::Session,
};
use aws_sdk_s3::{
    Client,
    presigning::PresigningConfig,
    types::{Tag, Tagging},
};
use client::refusal;
use futures_util::future::try_join_all;
use lru::LruCache;
use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use time::OffsetDateTime;
use tokio::{task::yield_now, time::timeout};

/// How long a download URL works, counted from the last whole half hour: so the URLs of an image repeat
/// for that long, and caches work.
const DOWNLOADS_FOR: Duration = Duration::from_hours(1);
/// How often the URL of an image changes.
const DOWNLOADS_REPEAT_FOR: Duration = Duration::from_mins(30);
/// How many download URLs are remembered; a session token makes each one or two kilobytes.
const REMEMBERED_URLS: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
/// How long an upload URL works.
const UPLOADS_FOR: Duration = Duration::from_mins(5);
/// How long all images of a message may take to verify.
const VERIFIED_WITHIN: Duration = Duration::from_millis(2_500);
/// The tag of uploads that no message has taken; the bucket deletes them after a while.
const PENDING: &str = "upload=pending";
/// The tag of images whose message was retracted: by the bucket's policy nobody can read them.
const RETRACTED: (&str, &str) = ("retracted", "true");

/// The bucket of the images. The client is made when it is first needed: most messages have none.
pub struct Bucket {
    name: String,
    http: Http,
    client: OnceLock<Client>,
    signed: Mutex<LruCache<String, (SystemTime, Arc<str>)>>,
    now: fn() -> SystemTime,
}

impl Bucket {
    /// The bucket of that name; `now` tells the time that signatures begin at.
    #[must_use]
    pub fn new(name: String, http: Http, now: fn() -> SystemTime) -> Self {
        let signed = Mutex::new(LruCache::new(REMEMBERED_URLS));
        Self { name, http, client: OnceLock::new(), signed, now }
    }

    /// The message as it is shown: with a signed URL for each of its images. Does not call S3.
    ///
    /// # Errors
    /// [`Error::Internal`] when the function has no credentials.
    pub async fn show(&self, message: Message) -> Result<MessageView, Error> {
        let mut images = Vec::with_capacity(message.image_urls.len());
        for key in &message.image_urls {
            images.push(self.sign_download(key).await?);
            // Signing is work, and a page may have a thousand images: the operation's time limit is
            // looked at in between.
            yield_now().await;
        }
        Ok(MessageView::new(message, images))
    }

    /// The session with its last message as it is shown. Does not call S3.
    ///
    /// # Errors
    /// As [`Bucket::show`].
    pub async fn show_session(&self, mut session: Session) -> Result<Session<MessageView>, Error> {
        let last_message = match session.last_message.take() {
            Some(message) => Some(self.show(message).await?),
            None => None,
        };
        Ok(session.with_last_message(last_message))
    }

    async fn sign_download(&self, key: &str) -> Result<Image, Error> {
        let since = half_hour((self.now)());
        let expires_at = OffsetDateTime::from(since + DOWNLOADS_FOR);
        if let Some(url) = self.remembered(key, since) {
            return Ok(Image { key: key.to_owned(), url, expires_at });
        }
        let unsigned = || Error::Internal(Cause::new("a download could not be signed"));
        let good_for = PresigningConfig::builder().start_time(since).expires_in(DOWNLOADS_FOR);
        let request = self
            .client()
            .get_object()
            .bucket(&self.name)
            .key(key)
            .response_content_disposition("attachment")
            .presigned(good_for.build().map_err(|_| unsigned())?)
            .await
            .map_err(|_| unsigned())?;
        let url: Arc<str> = request.uri().into();
        if let Ok(mut signed) = self.signed.lock() {
            signed.put(key.to_owned(), (since, Arc::clone(&url)));
        }
        Ok(Image { key: key.to_owned(), url, expires_at })
    }

    fn remembered(&self, key: &str, since: SystemTime) -> Option<Arc<str>> {
        let mut signed = self.signed.lock().ok()?;
        let (begun, url) = signed.get(key)?;
        (*begun == since).then(|| Arc::clone(url))
    }

    /// Signs an upload: one PUT of exactly this type and length, to a key where nothing is yet.
    /// Does not call S3.
    ///
    /// # Errors
    /// [`Error::Internal`] when the function has no credentials.
    pub async fn sign_upload(
        &self,
        caller: Caller,
        session: SessionId,
        kind: ImageType,
        length: i64,
    ) -> Result<Upload, Error> {
        let unsigned = || Error::Internal(Cause::new("an upload could not be signed"));
        let prefix = upload_prefix(caller.role(), caller.id(), session);
        let key = format!("{prefix}{}.{}", random::new_id(), kind.extension());
        let now = (self.now)();
        let good_for = PresigningConfig::builder().start_time(now).expires_in(UPLOADS_FOR);
        let request = self
            .client()
            .put_object()
            .bucket(&self.name)
            .key(&key)
            .content_type(kind.content_type())
            .content_length(length)
            .if_none_match("*")
            .tagging(PENDING)
            .presigned(good_for.build().map_err(|_| unsigned())?)
            .await
            .map_err(|_| unsigned())?;
        // The SDK adds a tracing header of this invocation's, which is not signed.
        let headers = request.headers().filter(|(name, _)| *name != "x-amzn-trace-id");
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Upload {
            key,
            method: "PUT",
            url: request.uri().to_owned(),
            headers: headers.collect(),
            expires_at: whole_seconds(now + UPLOADS_FOR),
        })
    }

    /// Makes sure that each key holds an image that does not say where it was taken: a few ranged reads
    /// each, all images at once.
    ///
    /// # Errors
    /// [`Error::ImageNotFound`], [`Error::ImageInvalid`], [`Error::ImageHasLocation`];
    /// [`Error::Unavailable`] when S3 does not answer in time.
    pub async fn verify(&self, keys: &ImageKeys) -> Result<(), Error> {
        let (client, name) = (self.client(), &self.name);
        let verified =
            try_join_all(keys.as_slice().iter().map(|key| verify::verify(client, name, key)));
        let late = |_| Error::Unavailable(Cause::new("S3 took too long"));
        timeout(VERIFIED_WITHIN, verified).await.map_err(late)?.map(|_| ())
    }

    /// Keeps the images of a stored message: until their tag is taken away, the bucket may delete
    /// them. Doing it again does no harm; one that is gone is passed over.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not do it.
    pub async fn keep(&self, keys: &[String]) -> Result<(), Error> {
        let kept = try_join_all(keys.iter().map(|key| self.keep_one(key))).await;
        kept.map(|_| ()).map_err(|_| Error::Unavailable(Cause::new("S3 does not keep an image")))
    }

    /// Has the images of a retracted message served no more, also by URLs that were signed before; their
    /// bytes stay. Doing it again does no harm; one that is gone is passed over.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not do it.
    pub async fn withdraw(&self, keys: &[String]) -> Result<(), Error> {
        let withdrawn = try_join_all(keys.iter().map(|key| self.withdraw_one(key))).await;
        let refused = |_| Error::Unavailable(Cause::new("S3 does not withdraw an image"));
        withdrawn.map(|_| ()).map_err(refused)
    }

    async fn keep_one(&self, key: &str) -> Result<(), Error> {
        let untag = self.client().delete_object_tagging().bucket(&self.name).key(key);
        match untag.send().await.map_err(|error| refusal(&error)) {
            Ok(_) | Err(Error::ImageNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The tag takes the place of all others: what was still pending is kept by it.
    async fn withdraw_one(&self, key: &str) -> Result<(), Error> {
        let unsaid = |_| Error::Internal(Cause::new("a tag cannot be said"));
        let (name, value) = RETRACTED;
        let tag = Tag::builder().key(name).value(value).build().map_err(unsaid)?;
        let tags = Tagging::builder().tag_set(tag).build().map_err(unsaid)?;
        let tagged = self.client().put_object_tagging().bucket(&self.name).key(key).tagging(tags);
        match tagged.send().await.map_err(|error| refusal(&error)) {
            Ok(_) | Err(Error::ImageNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| client::new(&self.http))
    }
}

/// A signature's times are in whole seconds.
fn whole_seconds(time: SystemTime) -> OffsetDateTime {
    let time = OffsetDateTime::from(time);
    time.replace_nanosecond(0).unwrap_or(time)
}

/// The last whole half hour.
fn half_hour(now: SystemTime) -> SystemTime {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UNIX_EPOCH + Duration::from_secs(since - since % DOWNLOADS_REPEAT_FOR.as_secs())
}
