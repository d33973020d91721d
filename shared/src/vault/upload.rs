//! Writing a large object in parts, over more than one invocation.

use super::{Vault, status, trouble};
use crate::error::{Cause, Error};
use aws_sdk_s3::{
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart},
};
use serde::{Deserialize, Serialize};

/// An object that is being written.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    /// Its key in the records' bucket.
    pub key: &'a str,
    /// S3's id of the upload.
    pub id: &'a str,
}

/// A part that S3 has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Up to 10,000; the object has its parts in the order of their numbers, of which some may be left out.
    pub number: i32,
    /// What S3 calls its content.
    pub etag: String,
}

impl Vault {
    /// Begins an object; S3's id of the upload.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not answer.
    pub async fn begin_upload(&self, key: &str, content_type: &str) -> Result<String, Error> {
        let create = self.client().create_multipart_upload().bucket(self.records()?).key(key);
        let created = create.content_type(content_type).send().await;
        let created = created.map_err(|error| trouble(&error))?;
        let unnamed = || Error::Unavailable(Cause::new("S3 names no upload"));
        created.upload_id.ok_or_else(unnamed)
    }

    /// Writes a part; another of the same number takes its place. None if there is no such upload any more.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not take it.
    pub async fn upload_part(
        &self,
        upload: Upload<'_>,
        number: i32,
        bytes: Vec<u8>,
    ) -> Result<Option<Part>, Error> {
        let part = self.client().upload_part().bucket(self.records()?).key(upload.key);
        let part = part.upload_id(upload.id).part_number(number).body(ByteStream::from(bytes));
        match part.send().await {
            Ok(written) => Ok(Some(Part { number, etag: written.e_tag.unwrap_or_default() })),
            Err(error) if status(&error) == Some(404) => Ok(None),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// Makes the object of its parts. It may have been made before.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not do it.
    pub async fn finish_upload(&self, upload: Upload<'_>, parts: Vec<Part>) -> Result<(), Error> {
        let parts = parts
            .into_iter()
            .map(|part| CompletedPart::builder().part_number(part.number).e_tag(part.etag).build());
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build();
        let bucket = self.records()?;
        let complete = self.client().complete_multipart_upload().bucket(bucket).key(upload.key);
        match complete.upload_id(upload.id).multipart_upload(parts).send().await {
            Ok(_) => Ok(()),
            // Whoever was killed after this has done it.
            Err(error) if status(&error) == Some(404) && self.exists(upload.key).await? => Ok(()),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// Whether there is such an object in the records' bucket.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 does not answer.
    pub async fn exists(&self, key: &str) -> Result<bool, Error> {
        match self.client().head_object().bucket(self.records()?).key(key).send().await {
            Ok(_) => Ok(true),
            Err(error) if status(&error) == Some(404) => Ok(false),
            Err(error) => Err(trouble(&error)),
        }
    }

    /// Forgets objects that were begun under keys with this beginning and not finished.
    pub(super) async fn abort_uploads(&self, bucket: &str, prefix: &str) -> Result<(), Error> {
        let list = self.client().list_multipart_uploads().bucket(bucket).prefix(prefix);
        let listed = list.send().await.map_err(|error| trouble(&error))?;
        for upload in listed.uploads() {
            let abort = self.client().abort_multipart_upload().bucket(bucket);
            let abort = abort.set_key(upload.key.clone()).set_upload_id(upload.upload_id.clone());
            match abort.send().await {
                Ok(_) => {}
                Err(error) if status(&error) == Some(404) => {}
                Err(error) => return Err(trouble(&error)),
            }
        }
        Ok(())
    }
}
