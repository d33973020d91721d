//! A bucket with versions: whatever is overwritten or deleted stays, and some of it is locked.
//!
//! The content of each version is an object of a plain store, under a name of its own; which versions
//! there are is kept beside it.

use std::io;
use std::path::{Path, PathBuf};

use s3s::dto::{
    GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput,
    PutObjectOutput,
};
use s3s::{S3, S3Error, S3Request, S3Result, s3_error};
use s3s_fs::FileSystem;
use time::OffsetDateTime;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use super::history::{Histories, History, Version};
use super::lock::{Lock, hold_status, lock_of};
use super::plain::{Tags, parse_tags};
use crate::template::BucketSpec;

/// One bucket with versions.
pub(super) struct VersionedBucket {
    pub(super) spec: BucketSpec,
    pub(super) histories: Histories,
    contents: FileSystem,
    folder: PathBuf,
    /// Held while a history changes.
    changes: Mutex<()>,
}

/// What became of a deletion.
pub(super) struct Deletion {
    /// A marker was made, or was what has been deleted.
    pub(super) is_marker: bool,
    pub(super) version: Option<String>,
}

impl VersionedBucket {
    /// The bucket in a folder of its own.
    pub(super) fn open(spec: BucketSpec, folder: &Path) -> io::Result<Self> {
        let contents = folder.join("contents");
        std::fs::create_dir_all(contents.join(&spec.name))?;
        Ok(Self {
            histories: Histories::open(folder.join("histories"))?,
            contents: FileSystem::new(&contents)
                .map_err(|error| io::Error::other(format!("{error:?}")))?,
            folder: contents.join(&spec.name),
            changes: Mutex::default(),
            spec,
        })
    }

    /// To be held while a history is read, changed and written.
    pub(super) async fn change(&self) -> MutexGuard<'_, ()> {
        self.changes.lock().await
    }

    /// Stores a new version.
    pub(super) async fn put(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<(PutObjectOutput, String)> {
        let _alone = self.change().await;
        let now = OffsetDateTime::now_utc();
        let (lock, is_held) = lock_of(&self.spec, &mut request.input, now)?;
        let mut history = self.histories.read(&request.input.key).await?;
        if request.input.if_match.is_some() {
            return Err(s3_error!(NotImplemented));
        }
        if request.input.if_none_match.take().is_some() && history.current().is_some() {
            return Err(s3_error!(PreconditionFailed));
        }
        let tags = request.input.tagging.take().map(|tags| parse_tags(&tags)).unwrap_or_default();
        let id = Uuid::new_v4().simple().to_string();
        let content = Histories::content(&history.key, &id);
        request.input.key.clone_from(&content);
        let output = self.contents.put_object(request).await?.output;
        let file = tokio::fs::metadata(self.folder.join(&content)).await;
        let size = file.map_err(S3Error::internal_error)?.len();
        history.versions.push(Version {
            id: id.clone(),
            at: now,
            is_marker: false,
            etag: output.e_tag.as_ref().map(|etag| etag.value().to_owned()),
            size: size.try_into().unwrap_or(i64::MAX),
            tags,
            lock,
            is_held,
        });
        self.histories.write(&history).await?;
        Ok((output, id))
    }

    /// Reads a version, or the current one.
    pub(super) async fn get(
        &self,
        mut request: S3Request<GetObjectInput>,
    ) -> S3Result<GetObjectOutput> {
        let (key, id) = (request.input.key.clone(), request.input.version_id.take());
        let version = self.readable(&key, id.as_deref()).await?;
        request.input.key = Histories::content(&key, &version.id);
        let mut output = self.contents.get_object(request).await?.output;
        output.tag_count = i32::try_from(version.tags.len()).ok().filter(|count| *count > 0);
        output.accept_ranges = Some("bytes".into());
        output.object_lock_mode = version.lock.map(Lock::mode);
        output.object_lock_retain_until_date = version.lock.map(|lock| lock.until().into());
        output.object_lock_legal_hold_status = self.spec.lock.map(|_| hold_status(version.is_held));
        output.version_id = Some(version.id);
        Ok(output)
    }

    /// As [`Self::get`], without the content.
    pub(super) async fn head(
        &self,
        mut request: S3Request<HeadObjectInput>,
    ) -> S3Result<HeadObjectOutput> {
        let (key, id) = (request.input.key.clone(), request.input.version_id.take());
        let version = self.readable(&key, id.as_deref()).await?;
        request.input.key = Histories::content(&key, &version.id);
        let mut output = self.contents.head_object(request).await?.output;
        output.object_lock_mode = version.lock.map(Lock::mode);
        output.object_lock_retain_until_date = version.lock.map(|lock| lock.until().into());
        output.object_lock_legal_hold_status = self.spec.lock.map(|_| hold_status(version.is_held));
        output.version_id = Some(version.id);
        Ok(output)
    }

    /// Marks an object as deleted, or deletes a version for good, unless it is locked.
    pub(super) async fn delete(
        &self,
        key: &str,
        version: Option<&str>,
        bypasses: bool,
    ) -> S3Result<Deletion> {
        let _alone = self.change().await;
        let now = OffsetDateTime::now_utc();
        let mut history = self.histories.read(key).await?;
        let Some(id) = version else {
            let marker = marker(now);
            let deletion = Deletion { is_marker: true, version: Some(marker.id.clone()) };
            history.versions.push(marker);
            self.histories.write(&history).await?;
            return Ok(deletion);
        };
        let found = history.version(Some(id)).cloned();
        let is_locked = found.as_ref().is_some_and(|version| {
            version.is_held || version.lock.is_some_and(|lock| !lock.lets_go(bypasses, now))
        });
        if is_locked {
            let what = "Access Denied because object protected by object lock.";
            return Err(s3_error!(AccessDenied, "{what}"));
        }
        self.remove(&mut history, id).await?;
        Ok(Deletion {
            is_marker: found.is_some_and(|version| version.is_marker),
            version: Some(id.to_owned()),
        })
    }

    /// Takes a version out of a history, and its content away. Whoever calls holds [`Self::change`].
    pub(super) async fn remove(&self, history: &mut History, id: &str) -> S3Result<()> {
        history.versions.retain(|version| version.id != id);
        self.histories.write(history).await?;
        // A marker has none.
        let _ =
            tokio::fs::remove_file(self.folder.join(Histories::content(&history.key, id))).await;
        Ok(())
    }

    /// Puts a marker upon a history. Whoever calls holds [`Self::change`].
    pub(super) async fn mark(&self, history: &mut History, at: OffsetDateTime) -> S3Result<()> {
        history.versions.push(marker(at));
        self.histories.write(history).await
    }

    /// Changes what is said of a version, not its content.
    pub(super) async fn alter(
        &self,
        key: &str,
        id: Option<&str>,
        change: impl FnOnce(&mut Version) -> S3Result<()>,
    ) -> S3Result<()> {
        let _alone = self.change().await;
        self.readable(key, id).await?;
        let mut history = self.histories.read(key).await?;
        let version = history.version_mut(id).ok_or_else(|| s3_error!(NoSuchVersion))?;
        change(version)?;
        self.histories.write(&history).await
    }

    /// The version that a request is about, which must be one with a content.
    pub(super) async fn readable(&self, key: &str, id: Option<&str>) -> S3Result<Version> {
        let history = self.histories.read(key).await?;
        match (history.version(id), id) {
            (Some(version), _) if !version.is_marker => Ok(version.clone()),
            (Some(_), Some(_)) => Err(s3_error!(MethodNotAllowed)),
            (None, Some(_)) => Err(s3_error!(NoSuchVersion)),
            (_, None) => Err(s3_error!(NoSuchKey)),
        }
    }
}

fn marker(at: OffsetDateTime) -> Version {
    Version {
        id: Uuid::new_v4().simple().to_string(),
        at,
        is_marker: true,
        etag: None,
        size: 0,
        tags: Tags::new(),
        lock: None,
        is_held: false,
    }
}
