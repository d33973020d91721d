//! Objects that are written in parts: kept in a folder until they are put together, and then written like any
//! other, into whichever bucket.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use s3s::dto::{
    AbortMultipartUploadInput, CompleteMultipartUploadInput, CreateMultipartUploadInput, ETag,
    ListMultipartUploadsInput, MultipartUpload, PutObjectInput, StreamingBlob, UploadPartInput,
};
use s3s::{S3Error, S3Result, s3_error};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

/// Of every part but the last.
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// The uploads that were begun and not finished.
pub(super) struct Uploads(PathBuf);

/// What an upload is to become.
#[derive(Deserialize, Serialize)]
struct Begun {
    bucket: String,
    key: String,
    content_type: Option<String>,
}

impl Uploads {
    /// Those in a folder.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// Begins one; its id.
    pub(super) async fn begin(&self, input: CreateMultipartUploadInput) -> S3Result<String> {
        let id = Uuid::new_v4().simple().to_string();
        let CreateMultipartUploadInput { bucket, key, content_type, .. } = input;
        let begun = serde_json::to_vec(&Begun { bucket, key, content_type });
        let folder = self.0.join(&id);
        fs::create_dir(&folder).await.map_err(S3Error::internal_error)?;
        let written = fs::write(folder.join("begun"), begun.map_err(S3Error::internal_error)?);
        written.await.map_err(S3Error::internal_error)?;
        Ok(id)
    }

    /// Keeps a part; what its content is called.
    pub(super) async fn part(&self, input: UploadPartInput) -> S3Result<ETag> {
        self.begun(&input.upload_id, &input.bucket, &input.key).await?;
        let folder = self.0.join(&input.upload_id);
        let unfinished = folder.join(format!("unfinished-{}", Uuid::new_v4().simple()));
        let mut file = fs::File::create(&unfinished).await.map_err(S3Error::internal_error)?;
        let mut hash = Sha256::new();
        let mut body = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| s3_error!(IncompleteBody))?;
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(S3Error::internal_error)?;
        }
        file.flush().await.map_err(S3Error::internal_error)?;
        let digest = hash.finalize();
        let tag = digest[..16].iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let place = folder.join(input.part_number.to_string());
        fs::write(place.with_extension("tag"), &tag).await.map_err(S3Error::internal_error)?;
        fs::rename(unfinished, place).await.map_err(S3Error::internal_error)?;
        Ok(ETag::Strong(tag))
    }

    /// The object that an upload's parts make.
    pub(super) async fn finish(
        &self,
        input: CompleteMultipartUploadInput,
    ) -> S3Result<PutObjectInput> {
        let begun = self.begun(&input.upload_id, &input.bucket, &input.key).await?;
        let folder = self.0.join(&input.upload_id);
        let wanted = input.multipart_upload.and_then(|parts| parts.parts).unwrap_or_default();
        let (mut files, mut size, mut before) = (Vec::new(), 0, 0);
        for (index, part) in wanted.iter().enumerate() {
            let number = part.part_number.filter(|number| *number > before);
            before = number.ok_or_else(|| s3_error!(InvalidPartOrder))?;
            let file = folder.join(before.to_string());
            let tag = fs::read_to_string(file.with_extension("tag")).await;
            let tag = tag.map_err(|_| s3_error!(InvalidPart))?;
            if part.e_tag.as_ref().map(ETag::value) != Some(tag.as_str()) {
                return Err(s3_error!(InvalidPart));
            }
            let length = fs::metadata(&file).await.map_err(S3Error::internal_error)?.len();
            if length < SMALLEST_PART && index + 1 < wanted.len() {
                return Err(s3_error!(EntityTooSmall));
            }
            size += length;
            files.push(file);
        }
        Ok(PutObjectInput {
            bucket: begun.bucket,
            key: begun.key,
            content_type: begun.content_type,
            content_length: i64::try_from(size).ok(),
            body: Some(joined(files)),
            ..PutObjectInput::default()
        })
    }

    /// Forgets one.
    pub(super) async fn forget(&self, id: &str) -> S3Result<()> {
        fs::remove_dir_all(self.folder(id)?).await.map_err(|_| s3_error!(NoSuchUpload))
    }

    /// Forgets one that is not to be finished.
    pub(super) async fn abort(&self, input: &AbortMultipartUploadInput) -> S3Result<()> {
        self.begun(&input.upload_id, &input.bucket, &input.key).await?;
        self.forget(&input.upload_id).await
    }

    /// Those of a bucket whose keys begin so.
    pub(super) async fn list(
        &self,
        input: &ListMultipartUploadsInput,
    ) -> S3Result<Vec<MultipartUpload>> {
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let mut entries = fs::read_dir(&self.0).await.map_err(S3Error::internal_error)?;
        let mut uploads = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(S3Error::internal_error)? {
            let id = entry.file_name().to_string_lossy().into_owned();
            let Ok(begun) = self.read(&id).await else { continue };
            if begun.bucket == input.bucket && begun.key.starts_with(prefix) {
                let (key, upload_id) = (Some(begun.key), Some(id));
                uploads.push(MultipartUpload { key, upload_id, ..MultipartUpload::default() });
            }
        }
        Ok(uploads)
    }

    async fn begun(&self, id: &str, bucket: &str, key: &str) -> S3Result<Begun> {
        let begun = self.read(id).await?;
        if begun.bucket == bucket && begun.key == key {
            Ok(begun)
        } else {
            Err(s3_error!(NoSuchUpload))
        }
    }

    async fn read(&self, id: &str) -> S3Result<Begun> {
        let begun = fs::read(self.folder(id)?.join("begun")).await;
        serde_json::from_slice(&begun.map_err(|_| s3_error!(NoSuchUpload))?)
            .map_err(S3Error::internal_error)
    }

    fn folder(&self, id: &str) -> S3Result<PathBuf> {
        let is_id = Uuid::try_parse(id).is_ok();
        if is_id { Ok(self.0.join(Path::new(id))) } else { Err(s3_error!(NoSuchUpload)) }
    }
}

/// The contents of these files, one after the other, a piece at a time.
fn joined(files: Vec<PathBuf>) -> StreamingBlob {
    let contents = stream::iter(files).then(fs::read).map_ok(Bytes::from);
    StreamingBlob::wrap(Box::pin(contents))
}
