//! Which versions there are of each object of a versioned bucket, on disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::{S3Error, S3Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::fs;

use super::lock::Lock;

/// One version of an object, or a mark that it was deleted.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Version {
    pub(super) id: String,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) at: OffsetDateTime,
    pub(super) is_marker: bool,
    pub(super) etag: Option<String>,
    pub(super) size: i64,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) lock: Option<Lock>,
    pub(super) is_held: bool,
}

/// An object with all its versions, the newest last.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct History {
    pub(super) key: String,
    pub(super) versions: Vec<Version>,
}

impl History {
    /// The version of that id, or the newest.
    pub(super) fn version(&self, id: Option<&str>) -> Option<&Version> {
        match id {
            Some(id) => self.versions.iter().find(|version| version.id == id),
            None => self.versions.last(),
        }
    }

    /// As [`Self::version`].
    pub(super) fn version_mut(&mut self, id: Option<&str>) -> Option<&mut Version> {
        match id {
            Some(id) => self.versions.iter_mut().find(|version| version.id == id),
            None => self.versions.last_mut(),
        }
    }

    /// The object as it is without a version's id, unless it is deleted.
    pub(super) fn current(&self) -> Option<&Version> {
        self.versions.last().filter(|version| !version.is_marker)
    }
}

/// The histories of all objects of one bucket.
#[derive(Debug)]
pub(super) struct Histories(PathBuf);

impl Histories {
    /// Those in a folder.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// The name under which a version's content is stored.
    pub(super) fn content(key: &str, version: &str) -> String {
        format!("{}/{version}", hash(key))
    }

    /// An object's history; an empty one for an object that never was.
    pub(super) async fn read(&self, key: &str) -> S3Result<History> {
        match fs::read(self.file(key)).await {
            Ok(stored) => parse(&stored),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(History { key: key.to_owned(), versions: Vec::new() })
            }
            Err(error) => Err(S3Error::internal_error(error)),
        }
    }

    /// Stores an object's history.
    pub(super) async fn write(&self, history: &History) -> S3Result<()> {
        let file = self.file(&history.key);
        if history.versions.is_empty() {
            // It may never have been.
            let _ = fs::remove_file(file).await;
            return Ok(());
        }
        let stored = serde_json::to_vec(history).map_err(S3Error::internal_error)?;
        let unfinished = file.with_extension("unfinished");
        fs::write(&unfinished, stored).await.map_err(S3Error::internal_error)?;
        fs::rename(unfinished, file).await.map_err(S3Error::internal_error)
    }

    /// All histories of keys that begin so, by key.
    pub(super) async fn all(&self, prefix: &str) -> S3Result<Vec<History>> {
        let mut files = fs::read_dir(&self.0).await.map_err(S3Error::internal_error)?;
        let mut histories = Vec::new();
        while let Some(file) = files.next_entry().await.map_err(S3Error::internal_error)? {
            if is_history(&file.path()) {
                match fs::read(file.path()).await {
                    Ok(stored) => histories.push(parse(&stored)?),
                    // Its last version was deleted just now.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(S3Error::internal_error(error)),
                }
            }
        }
        histories.retain(|history: &History| history.key.starts_with(prefix));
        histories.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(histories)
    }

    fn file(&self, key: &str) -> PathBuf {
        self.0.join(hash(key)).with_extension("json")
    }
}

fn is_history(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn parse(stored: &[u8]) -> S3Result<History> {
    serde_json::from_slice(stored).map_err(S3Error::internal_error)
}

fn hash(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(key))
}
