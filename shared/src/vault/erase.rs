//! Deleting every version of an object, and whatever an upload left.

use super::{Vault, trouble};
use crate::error::{Cause, Error};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

impl Vault {
    /// Deletes every version of an object, or, where the name ends with a slash, of every object whose key
    /// begins with it; of the records' bucket or the images'. One that is gone is passed over.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when S3 has not deleted them all: some may be gone.
    pub async fn erase(&self, in_records: bool, name: &str) -> Result<(), Error> {
        let bucket = if in_records { self.records()? } else { &self.images };
        if in_records {
            self.abort_uploads(bucket, name).await?;
        }
        loop {
            let list = self.client().list_object_versions().bucket(bucket).prefix(name);
            let listed = list.send().await.map_err(|error| trouble(&error))?;
            let versions = listed.versions().iter().map(|it| (it.key(), it.version_id()));
            let markers = listed.delete_markers().iter().map(|it| (it.key(), it.version_id()));
            let meant = versions.chain(markers).filter_map(|(key, version)| Some((key?, version?)));
            let meant = meant.filter(|(key, _)| name.ends_with('/') || *key == name);
            let meant = meant.map(|(key, version)| {
                ObjectIdentifier::builder().key(key).version_id(version).build()
            });
            let meant = meant.collect::<Result<Vec<_>, _>>().map_err(|_| unnamed())?;
            if meant.is_empty() {
                return Ok(());
            }
            self.delete(bucket, meant).await?;
            if !listed.is_truncated().unwrap_or_default() {
                return Ok(());
            }
        }
    }

    async fn delete(&self, bucket: &str, objects: Vec<ObjectIdentifier>) -> Result<(), Error> {
        let objects = Delete::builder().set_objects(Some(objects)).quiet(true).build();
        let delete = self.client().delete_objects().bucket(bucket);
        let delete = delete.delete(objects.map_err(|_| unnamed())?);
        let deleted = delete.send().await.map_err(|error| trouble(&error))?;
        if deleted.errors().is_empty() {
            return Ok(());
        }
        let refused = deleted.errors().len();
        Err(Error::Unavailable(Cause::new(format!("S3 does not delete {refused} objects"))))
    }
}

fn unnamed() -> Error {
    Error::Internal(Cause::new("an object has no name"))
}
