//! Whether an object is an image that may be sent: of the kind and size that were promised, and without
//! a word of where it was taken.

use super::client::refusal;
use crate::{
    error::{Cause, Error},
    image::{ImageType, MAX_IMAGE_BYTES},
    position::{FIRST_READ, Scan, Step},
    signature::SIGNATURE_BYTES,
};
use aws_sdk_s3::{Client, operation::get_object::GetObjectOutput, primitives::ByteStream};
use std::ops::Range;

/// Reads as much of the object as it takes to know. Nothing can take its place meanwhile: an upload
/// overwrites no object.
pub(super) async fn verify(client: &Client, bucket: &str, key: &str) -> Result<(), Error> {
    let object = read(client, bucket, key, 0..FIRST_READ).await?;
    let size = size_of(&object).ok_or(Error::ImageInvalid)?;
    let promised = object.content_type().and_then(ImageType::parse);
    let mut body = object.body;
    let first_bytes = beginning(&mut body).await?;
    let kind = ImageType::of(&first_bytes).filter(|kind| promised == Some(*kind));
    let mut scan = Scan::new(kind.ok_or(Error::ImageInvalid)?, size);
    let mut goes_on = match scan.step() {
        Step::Done(has_position) => return judge(has_position),
        Step::Read(wanted) => scan.feed(from(&first_bytes, wanted.start)),
    };
    loop {
        while goes_on && let Some(bytes) = next(&mut body).await? {
            goes_on = scan.feed(bytes.as_ref());
        }
        match scan.step() {
            Step::Done(has_position) => return judge(has_position),
            Step::Read(wanted) => body = read(client, bucket, key, wanted).await?.body,
        }
        goes_on = true;
    }
}

fn judge(has_position: bool) -> Result<(), Error> {
    if has_position { Err(Error::ImageHasLocation) } else { Ok(()) }
}

async fn read(
    client: &Client,
    bucket: &str,
    key: &str,
    bytes: Range<u64>,
) -> Result<GetObjectOutput, Error> {
    let range = format!("bytes={}-{}", bytes.start, bytes.end - 1);
    let object = client.get_object().bucket(bucket).key(key).range(range);
    object.send().await.map_err(|error| refusal(&error))
}

/// The whole object's size, if it is one that is taken: `bytes 0-31/123456` (RFC 9110, section 14.4).
fn size_of(object: &GetObjectOutput) -> Option<u64> {
    let size = object.content_range()?.rsplit_once('/')?.1.parse().ok()?;
    (1..=MAX_IMAGE_BYTES.unsigned_abs()).contains(&size).then_some(size)
}

/// Enough bytes to tell an image by, or all that there are.
async fn beginning(body: &mut ByteStream) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    while bytes.len() < SIGNATURE_BYTES
        && let Some(more) = next(body).await?
    {
        bytes.extend_from_slice(more.as_ref());
    }
    Ok(bytes)
}

/// A scan's first read begins behind the signature.
fn from(bytes: &[u8], start: u64) -> &[u8] {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    bytes.get(start..).unwrap_or_default()
}

async fn next(body: &mut ByteStream) -> Result<Option<impl AsRef<[u8]> + use<>>, Error> {
    let cut_off = |_| Error::Unavailable(Cause::new("S3 broke off"));
    body.try_next().await.map_err(cut_off)
}
