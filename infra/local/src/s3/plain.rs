//! `s3s-fs` with what it lacks: object tags, and conditional writes that hold against each other.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
#[allow(clippy::wildcard_imports, reason = "an input and an output of each operation")]
use s3s::dto::*;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use sha2::{Digest, Sha256};
use tokio::fs;

/// The buckets of one folder that keep what is there, and nothing else.
pub struct PlainBuckets {
    files: FileSystem,
    pub(super) objects: PathBuf,
    tags: PathBuf,
    /// The objects that a conditional write is under way for.
    conditional_writes: Mutex<HashSet<PathBuf>>,
}

/// The tags of one object.
pub(super) type Tags = BTreeMap<String, String>;

impl PlainBuckets {
    /// The buckets in `objects`, each a folder of its own; their objects' tags are kept in `tags`.
    pub fn open(objects: PathBuf, tags: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&tags)?;
        let files =
            FileSystem::new(&objects).map_err(|error| io::Error::other(format!("{error:?}")))?;
        Ok(Self { files, objects, tags, conditional_writes: Mutex::default() })
    }

    pub(super) fn object_file(&self, bucket: &str, key: &str) -> PathBuf {
        self.objects.join(bucket).join(key)
    }

    fn tag_file(&self, bucket: &str, key: &str) -> PathBuf {
        self.tags.join(URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{bucket}/{key}"))))
    }

    /// Whether there is such an object.
    pub(super) fn has_object(&self, bucket: &str, key: &str) -> bool {
        let is_inside =
            Path::new(key).components().all(|part| matches!(part, Component::Normal(_)));
        is_inside && self.object_file(bucket, key).is_file()
    }

    fn require_object(&self, bucket: &str, key: &str) -> S3Result<()> {
        if self.has_object(bucket, key) { Ok(()) } else { Err(s3_error!(NoSuchKey)) }
    }

    /// Of two conditional writes of one object at the same time, S3 refuses one with 409.
    fn begin_conditional_write(&self, object: PathBuf) -> S3Result<ConditionalWrite<'_>> {
        if self.lock_writes().insert(object.clone()) {
            Ok(ConditionalWrite { buckets: self, object })
        } else {
            Err(s3_error!(ConditionalRequestConflict))
        }
    }

    fn lock_writes(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.conditional_writes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn read_tags(&self, bucket: &str, key: &str) -> S3Result<Tags> {
        match fs::read(self.tag_file(bucket, key)).await {
            Ok(stored) => serde_json::from_slice(&stored).map_err(S3Error::internal_error),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Tags::new()),
            Err(error) => Err(S3Error::internal_error(error)),
        }
    }

    async fn write_tags(&self, bucket: &str, key: &str, tags: &Tags) -> S3Result<()> {
        let stored = serde_json::to_vec(tags).map_err(S3Error::internal_error)?;
        fs::write(self.tag_file(bucket, key), stored).await.map_err(S3Error::internal_error)
    }

    pub(super) async fn remove_tags(&self, bucket: &str, key: &str) {
        // Most objects have none.
        let _ = fs::remove_file(self.tag_file(bucket, key)).await;
    }
}

#[async_trait::async_trait]
impl S3 for PlainBuckets {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let input = &request.input;
        if input.object_lock_mode.is_some() || input.object_lock_legal_hold_status.is_some() {
            let what = "Bucket is missing Object Lock Configuration";
            return Err(s3_error!(InvalidRequest, "{what}"));
        }
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let tags = input.tagging.as_deref().map(parse_tags);
        let is_conditional = input.if_none_match.is_some() || input.if_match.is_some();
        let object = self.object_file(&bucket, &key);
        let _alone = is_conditional.then(|| self.begin_conditional_write(object)).transpose()?;
        let response = self.files.put_object(request).await?;
        match tags {
            Some(tags) => self.write_tags(&bucket, &key, &tags).await?,
            None => self.remove_tags(&bucket, &key).await,
        }
        Ok(response)
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input;
        self.require_object(&input.bucket, &input.key)?;
        let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        let tags = input.tagging.tag_set.into_iter().map(pair).collect();
        self.write_tags(&input.bucket, &input.key, &tags).await?;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = request.input;
        self.require_object(&input.bucket, &input.key)?;
        let tags = self.read_tags(&input.bucket, &input.key).await?;
        let tag_set = tags
            .into_iter()
            .map(|(key, value)| Tag { key: Some(key), value: Some(value) })
            .collect();
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
    }

    async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        self.remove_tags(&request.input.bucket, &request.input.key).await;
        Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.remove_tags(&request.input.bucket, &request.input.key).await;
        self.files.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        for object in &request.input.delete.objects {
            self.remove_tags(&request.input.bucket, &object.key).await;
        }
        self.files.delete_objects(request).await
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let tag_count = self.read_tags(&request.input.bucket, &request.input.key).await?.len();
        let mut response = self.files.get_object(request).await?;
        response.output.tag_count = i32::try_from(tag_count).ok().filter(|count| *count > 0);
        response.output.accept_ranges = Some("bytes".into());
        Ok(response)
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.files.head_object(request).await
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        self.files.copy_object(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.files.list_objects_v2(request).await
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let ListObjectVersionsInput { bucket, prefix, .. } = request.input;
        let prefix = prefix.unwrap_or_default();
        // A bucket that keeps no versions has one of each object, of this name.
        let version = |key| ObjectVersion {
            key: Some(key),
            is_latest: Some(true),
            version_id: Some("null".to_owned()),
            ..ObjectVersion::default()
        };
        let keys = self.keys(&bucket, &prefix).await?;
        Ok(S3Response::new(ListObjectVersionsOutput {
            versions: Some(keys.into_iter().map(version).collect()),
            is_truncated: Some(false),
            ..ListObjectVersionsOutput::default()
        }))
    }

    async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        self.files.list_buckets(request).await
    }

    async fn get_bucket_versioning(
        &self,
        _: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        Ok(S3Response::new(GetBucketVersioningOutput::default()))
    }

    async fn get_object_lock_configuration(
        &self,
        _: S3Request<GetObjectLockConfigurationInput>,
    ) -> S3Result<S3Response<GetObjectLockConfigurationOutput>> {
        Err(s3_error!(ObjectLockConfigurationNotFoundError))
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        self.files.create_bucket(request).await
    }
}

/// Ends with the request, whatever becomes of it.
struct ConditionalWrite<'a> {
    buckets: &'a PlainBuckets,
    object: PathBuf,
}

impl Drop for ConditionalWrite<'_> {
    fn drop(&mut self) {
        self.buckets.lock_writes().remove(&self.object);
    }
}

/// The header `x-amz-tagging` holds tags like a query string.
pub(super) fn parse_tags(header: &str) -> Tags {
    form_urlencoded::parse(header.as_bytes()).into_owned().collect()
}
