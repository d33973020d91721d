//! S3's operations on a bucket with versions.

#[allow(clippy::wildcard_imports, reason = "an input and an output of each operation")]
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use time::OffsetDateTime;

use super::listing;
use super::lock::{Lock, hold_status, is_on, require_lock, retention_mode};
use super::versioned::VersionedBucket;

#[async_trait::async_trait]
impl S3 for VersionedBucket {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let (output, id) = self.put(request).await?;
        Ok(S3Response::new(PutObjectOutput { version_id: Some(id), ..output }))
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        self.get(request).await.map(S3Response::new)
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.head(request).await.map(S3Response::new)
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { key, version_id, bypass_governance_retention, .. } = request.input;
        let bypasses = bypass_governance_retention == Some(true);
        let deletion = self.delete(&key, version_id.as_deref(), bypasses).await?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deletion.is_marker.then_some(true),
            version_id: deletion.version,
            ..DeleteObjectOutput::default()
        }))
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let bypasses = request.input.bypass_governance_retention == Some(true);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in request.input.delete.objects {
            match self.delete(&object.key, object.version_id.as_deref(), bypasses).await {
                Ok(deletion) => deleted.push(DeletedObject {
                    delete_marker: deletion.is_marker.then_some(true),
                    delete_marker_version_id: deletion.version.filter(|_| deletion.is_marker),
                    key: Some(object.key),
                    version_id: object.version_id,
                }),
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(str::to_owned),
                    version_id: object.version_id,
                }),
            }
        }
        let (deleted, errors) = (Some(deleted), Some(errors));
        Ok(S3Response::new(DeleteObjectsOutput { deleted, errors, request_charged: None }))
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let prefix = request.input.prefix.clone().unwrap_or_default();
        let histories = self.histories.all(&prefix).await?;
        listing::objects(request.input, &histories).map(S3Response::new)
    }

    async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let prefix = request.input.prefix.clone().unwrap_or_default();
        let histories = self.histories.all(&prefix).await?;
        listing::versions(request.input, &histories).map(S3Response::new)
    }

    async fn get_bucket_versioning(
        &self,
        _: S3Request<GetBucketVersioningInput>,
    ) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        let status = BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED);
        Ok(S3Response::new(GetBucketVersioningOutput {
            status: Some(status),
            ..GetBucketVersioningOutput::default()
        }))
    }

    async fn head_bucket(
        &self,
        _: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn get_object_lock_configuration(
        &self,
        _: S3Request<GetObjectLockConfigurationInput>,
    ) -> S3Result<S3Response<GetObjectLockConfigurationOutput>> {
        let Some(lock) = self.spec.lock else {
            return Err(s3_error!(ObjectLockConfigurationNotFoundError));
        };
        let rule = lock.default.map(|default| ObjectLockRule {
            default_retention: Some(DefaultRetention {
                days: default.days.try_into().ok(),
                mode: Some(retention_mode(default.mode)),
                years: None,
            }),
        });
        let enabled = ObjectLockEnabled::from_static(ObjectLockEnabled::ENABLED);
        Ok(S3Response::new(GetObjectLockConfigurationOutput {
            object_lock_configuration: Some(ObjectLockConfiguration {
                object_lock_enabled: Some(enabled),
                rule,
            }),
        }))
    }

    async fn get_object_retention(
        &self,
        request: S3Request<GetObjectRetentionInput>,
    ) -> S3Result<S3Response<GetObjectRetentionOutput>> {
        require_lock(&self.spec)?;
        let input = request.input;
        let version = self.readable(&input.key, input.version_id.as_deref()).await?;
        let Some(lock) = version.lock else {
            return Err(s3_error!(NoSuchObjectLockConfiguration));
        };
        Ok(S3Response::new(GetObjectRetentionOutput { retention: Some(lock.retention()) }))
    }

    async fn put_object_retention(
        &self,
        request: S3Request<PutObjectRetentionInput>,
    ) -> S3Result<S3Response<PutObjectRetentionOutput>> {
        require_lock(&self.spec)?;
        let now = OffsetDateTime::now_utc();
        let input = request.input;
        let asked = input.retention.unwrap_or_default();
        let mode = asked.mode.as_ref().map(ObjectLockRetentionMode::as_str);
        let asked = Lock::asked(mode, asked.retain_until_date.map(OffsetDateTime::from), now)?;
        let bypasses = input.bypass_governance_retention == Some(true);
        self.alter(&input.key, input.version_id.as_deref(), |version| {
            if version.lock.is_some_and(|lock| !lock.gives_way_to(asked, bypasses, now)) {
                let what = "Access Denied because object protected by object lock.";
                return Err(s3_error!(AccessDenied, "{what}"));
            }
            version.lock = asked;
            Ok(())
        })
        .await?;
        Ok(S3Response::new(PutObjectRetentionOutput::default()))
    }

    async fn get_object_legal_hold(
        &self,
        request: S3Request<GetObjectLegalHoldInput>,
    ) -> S3Result<S3Response<GetObjectLegalHoldOutput>> {
        require_lock(&self.spec)?;
        let input = request.input;
        let version = self.readable(&input.key, input.version_id.as_deref()).await?;
        let hold = ObjectLockLegalHold { status: Some(hold_status(version.is_held)) };
        Ok(S3Response::new(GetObjectLegalHoldOutput { legal_hold: Some(hold) }))
    }

    async fn put_object_legal_hold(
        &self,
        request: S3Request<PutObjectLegalHoldInput>,
    ) -> S3Result<S3Response<PutObjectLegalHoldOutput>> {
        require_lock(&self.spec)?;
        let input = request.input;
        let status = input.legal_hold.and_then(|hold| hold.status);
        let is_held = status.ok_or_else(|| s3_error!(MalformedXML)).map(|status| is_on(&status))?;
        self.alter(&input.key, input.version_id.as_deref(), |version| {
            version.is_held = is_held;
            Ok(())
        })
        .await?;
        Ok(S3Response::new(PutObjectLegalHoldOutput::default()))
    }

    async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = request.input;
        let version = self.readable(&input.key, input.version_id.as_deref()).await?;
        let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set: version.tags.into_iter().map(tag).collect(),
            version_id: Some(version.id),
        }))
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input;
        let pair = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        let tags = input.tagging.tag_set.into_iter().map(pair).collect();
        self.alter(&input.key, input.version_id.as_deref(), |version| {
            version.tags = tags;
            Ok(())
        })
        .await?;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let input = request.input;
        self.alter(&input.key, input.version_id.as_deref(), |version| {
            version.tags.clear();
            Ok(())
        })
        .await?;
        Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
    }
}
