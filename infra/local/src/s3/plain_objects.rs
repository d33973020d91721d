//! The objects of a plain bucket, for those who go by the rules of its life.

use std::path::Path;

use s3s::{S3Error, S3Result};
use time::OffsetDateTime;
use tokio::fs;

use super::plain::{PlainBuckets, Tags};

/// An object and what the rules of its bucket go by.
pub(super) struct PlainObject {
    pub(super) key: String,
    pub(super) at: OffsetDateTime,
    pub(super) tags: Tags,
}

impl PlainBuckets {
    /// Every object of a bucket.
    pub(super) async fn objects(&self, bucket: &str) -> S3Result<Vec<PlainObject>> {
        let root = self.objects.join(bucket);
        let (mut folders, mut found) = (vec![root.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            let mut entries = fs::read_dir(folder).await.map_err(S3Error::internal_error)?;
            while let Some(entry) = entries.next_entry().await.map_err(S3Error::internal_error)? {
                let (path, file) =
                    (entry.path(), entry.metadata().await.map_err(S3Error::internal_error)?);
                if file.is_dir() {
                    folders.push(path);
                } else if let Some(key) = path.strip_prefix(&root).ok().and_then(Path::to_str) {
                    let at = file.modified().map_err(S3Error::internal_error)?.into();
                    let tags = self.read_tags(bucket, key).await?;
                    found.push(PlainObject { key: key.to_owned(), at, tags });
                }
            }
        }
        Ok(found)
    }

    /// The keys of a bucket that begin so. Others may write and delete meanwhile.
    pub(super) async fn keys(&self, bucket: &str, prefix: &str) -> S3Result<Vec<String>> {
        let root = self.objects.join(bucket);
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (mut folders, mut keys) = (vec![root.join(folder)], Vec::new());
        while let Some(folder) = folders.pop() {
            let Ok(mut entries) = fs::read_dir(folder).await else { continue };
            while let Some(entry) = entries.next_entry().await.map_err(S3Error::internal_error)? {
                let Ok(kind) = entry.file_type().await else { continue };
                let path = entry.path();
                let Some(key) = path.strip_prefix(&root).ok().and_then(Path::to_str) else {
                    continue;
                };
                if kind.is_dir() {
                    folders.push(path);
                } else if key.starts_with(prefix) {
                    keys.push(key.to_owned());
                }
            }
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// Removes an object, as a rule of its bucket says.
    pub(super) async fn remove(&self, bucket: &str, key: &str) -> S3Result<()> {
        self.remove_tags(bucket, key).await;
        fs::remove_file(self.object_file(bucket, key)).await.map_err(S3Error::internal_error)
    }
}
