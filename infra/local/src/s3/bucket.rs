//! All buckets: each operation goes to the bucket that it is about.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

#[allow(clippy::wildcard_imports, reason = "an input and an output of each operation")]
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::multipart::Uploads;
use super::plain::{PlainBuckets, Tags};
use super::versioned::VersionedBucket;
use crate::template::BucketSpec;

/// The template's buckets; a clone is the same ones.
#[derive(Clone)]
pub struct Buckets {
    pub(super) specs: Arc<[BucketSpec]>,
    pub(super) plain: Arc<PlainBuckets>,
    pub(super) versioned: Arc<BTreeMap<String, VersionedBucket>>,
    uploads: Arc<Uploads>,
}

impl Buckets {
    /// The buckets in a folder, which are made where they are not there yet.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn open(folder: &Path, specs: Vec<BucketSpec>) -> io::Result<Self> {
        let objects = folder.join("objects");
        std::fs::create_dir_all(&objects)?;
        let mut versioned = BTreeMap::new();
        for spec in &specs {
            std::fs::create_dir_all(objects.join(&spec.name))?;
            if spec.is_versioned {
                let its_folder = folder.join("versioned").join(&spec.name);
                let bucket = VersionedBucket::open(spec.clone(), &its_folder)?;
                versioned.insert(spec.name.clone(), bucket);
            }
        }
        let plain = PlainBuckets::open(objects, folder.join("tags"))?;
        let uploads = Arc::new(Uploads::open(folder.join("uploads"))?);
        let (plain, versioned) = (Arc::new(plain), Arc::new(versioned));
        Ok(Self { specs: specs.into(), plain, versioned, uploads })
    }

    fn of(&self, bucket: &str) -> &dyn S3 {
        match self.versioned.get(bucket) {
            Some(versioned) => versioned,
            None => &*self.plain,
        }
    }

    /// Whether there is such an object, or such a version of it.
    pub(super) async fn has_object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> S3Result<bool> {
        match self.versioned.get(bucket) {
            Some(versioned) => {
                let history = versioned.histories.read(key).await?;
                Ok(history.version(version).is_some_and(|version| !version.is_marker))
            }
            None => Ok(self.plain.has_object(bucket, key)),
        }
    }

    /// The tags of an object, or of a version of it; none if there is no such thing.
    pub(super) async fn read_tags(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> S3Result<Tags> {
        match self.versioned.get(bucket) {
            Some(versioned) => {
                let history = versioned.histories.read(key).await?;
                Ok(history.version(version).map(|version| version.tags.clone()).unwrap_or_default())
            }
            None => self.plain.read_tags(bucket, key).await,
        }
    }
}

/// An operation that is about one bucket.
macro_rules! by_bucket {
    ($($operation:ident: $input:ident -> $output:ident,)*) => {
        #[async_trait::async_trait]
        impl S3 for Buckets {
            $(async fn $operation(
                &self,
                request: S3Request<$input>,
            ) -> S3Result<S3Response<$output>> {
                self.of(&request.input.bucket).$operation(request).await
            })*

            async fn create_multipart_upload(
                &self,
                request: S3Request<CreateMultipartUploadInput>,
            ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
                let upload_id = Some(self.uploads.begin(request.input).await?);
                let output = CreateMultipartUploadOutput { upload_id, ..Default::default() };
                Ok(S3Response::new(output))
            }

            async fn upload_part(
                &self,
                request: S3Request<UploadPartInput>,
            ) -> S3Result<S3Response<UploadPartOutput>> {
                let e_tag = Some(self.uploads.part(request.input).await?);
                Ok(S3Response::new(UploadPartOutput { e_tag, ..Default::default() }))
            }

            async fn complete_multipart_upload(
                &self,
                request: S3Request<CompleteMultipartUploadInput>,
            ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
                let id = request.input.upload_id.clone();
                let object = self.uploads.finish(request.input.clone()).await?;
                self.put_object(request.map_input(|_| object)).await?;
                self.uploads.forget(&id).await?;
                Ok(S3Response::new(CompleteMultipartUploadOutput::default()))
            }

            async fn abort_multipart_upload(
                &self,
                request: S3Request<AbortMultipartUploadInput>,
            ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
                self.uploads.abort(&request.input).await?;
                Ok(S3Response::new(AbortMultipartUploadOutput::default()))
            }

            async fn list_multipart_uploads(
                &self,
                request: S3Request<ListMultipartUploadsInput>,
            ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
                let uploads = Some(self.uploads.list(&request.input).await?);
                let output = ListMultipartUploadsOutput { uploads, ..Default::default() };
                Ok(S3Response::new(output))
            }

            async fn list_buckets(
                &self,
                request: S3Request<ListBucketsInput>,
            ) -> S3Result<S3Response<ListBucketsOutput>> {
                self.plain.list_buckets(request).await
            }
        }
    };
}

by_bucket! {
    copy_object: CopyObjectInput -> CopyObjectOutput,
    create_bucket: CreateBucketInput -> CreateBucketOutput,
    delete_object: DeleteObjectInput -> DeleteObjectOutput,
    delete_object_tagging: DeleteObjectTaggingInput -> DeleteObjectTaggingOutput,
    delete_objects: DeleteObjectsInput -> DeleteObjectsOutput,
    get_bucket_versioning: GetBucketVersioningInput -> GetBucketVersioningOutput,
    get_object: GetObjectInput -> GetObjectOutput,
    get_object_legal_hold: GetObjectLegalHoldInput -> GetObjectLegalHoldOutput,
    get_object_lock_configuration: GetObjectLockConfigurationInput -> GetObjectLockConfigurationOutput,
    get_object_retention: GetObjectRetentionInput -> GetObjectRetentionOutput,
    get_object_tagging: GetObjectTaggingInput -> GetObjectTaggingOutput,
    head_bucket: HeadBucketInput -> HeadBucketOutput,
    head_object: HeadObjectInput -> HeadObjectOutput,
    list_object_versions: ListObjectVersionsInput -> ListObjectVersionsOutput,
    list_objects_v2: ListObjectsV2Input -> ListObjectsV2Output,
    put_object: PutObjectInput -> PutObjectOutput,
    put_object_legal_hold: PutObjectLegalHoldInput -> PutObjectLegalHoldOutput,
    put_object_retention: PutObjectRetentionInput -> PutObjectRetentionOutput,
    put_object_tagging: PutObjectTaggingInput -> PutObjectTaggingOutput,
}
