//! Lists of a versioned bucket's objects and versions, page by page.

use s3s::dto::{
    DeleteMarkerEntry, ETag, ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object, ObjectVersion,
};
use s3s::{S3Result, s3_error};

use super::history::{History, Version};

/// How much a page has at most.
const PAGE: usize = 1000;

/// `ListObjectsV2`: what is not deleted, by key.
pub(super) fn objects(
    input: ListObjectsV2Input,
    histories: &[History],
) -> S3Result<ListObjectsV2Output> {
    require_no_delimiter(input.delimiter.as_deref())?;
    let limit = limit(input.max_keys)?;
    let after = input.continuation_token.as_ref().or(input.start_after.as_ref());
    let mut current = histories
        .iter()
        .filter(|history| after.is_none_or(|after| history.key > *after))
        .filter_map(|history| history.current().map(|version| (&history.key, version)));
    let contents: Vec<Object> = current
        .by_ref()
        .take(limit)
        .map(|(key, version)| Object {
            key: Some(key.clone()),
            e_tag: version.etag.clone().map(ETag::Strong),
            last_modified: Some(version.at.into()),
            size: Some(version.size),
            ..Object::default()
        })
        .collect();
    let is_truncated = current.next().is_some();
    let last = contents.last().and_then(|object| object.key.clone());
    Ok(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix,
        max_keys: input.max_keys,
        key_count: contents.len().try_into().ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(is_truncated),
        next_continuation_token: last.filter(|_| is_truncated),
        contents: Some(contents),
        start_after: input.start_after,
        ..ListObjectsV2Output::default()
    })
}

/// `ListObjectVersions`: everything, by key and the newest first.
pub(super) fn versions(
    input: ListObjectVersionsInput,
    histories: &[History],
) -> S3Result<ListObjectVersionsOutput> {
    require_no_delimiter(input.delimiter.as_deref())?;
    let limit = limit(input.max_keys)?;
    let mut all: Vec<_> = histories
        .iter()
        .flat_map(|history| {
            let newest_first = history.versions.iter().rev().enumerate();
            newest_first.map(|(age, version)| (&history.key, version, age == 0))
        })
        .collect();
    if let Some(marker) = &input.key_marker {
        let is_marker = |version: &Version| Some(&version.id) == input.version_id_marker.as_ref();
        let seen = all.iter().position(|(key, version, _)| *key == marker && is_marker(version));
        // Without a version, or with one that has gone, a page goes on after the key.
        let after_key = || all.partition_point(|(key, ..)| *key <= marker);
        let begins = seen.map_or_else(after_key, |seen| seen + 1);
        all.drain(..begins);
    }
    let (mut versions, mut markers, mut last) = (Vec::new(), Vec::new(), None);
    let mut rest = all.into_iter();
    for (key, version, is_latest) in rest.by_ref().take(limit) {
        last = Some((key.clone(), version.id.clone()));
        if version.is_marker {
            markers.push(marker_entry(key, version, is_latest));
        } else {
            versions.push(version_entry(key, version, is_latest));
        }
    }
    let is_truncated = rest.next().is_some();
    let (next_key, next_version) = last.filter(|_| is_truncated).unzip();
    Ok(ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: input.prefix,
        max_keys: input.max_keys,
        key_marker: input.key_marker,
        version_id_marker: input.version_id_marker,
        is_truncated: Some(is_truncated),
        next_key_marker: next_key,
        next_version_id_marker: next_version,
        versions: Some(versions),
        delete_markers: Some(markers),
        ..ListObjectVersionsOutput::default()
    })
}

fn version_entry(key: &str, version: &Version, is_latest: bool) -> ObjectVersion {
    ObjectVersion {
        key: Some(key.to_owned()),
        version_id: Some(version.id.clone()),
        is_latest: Some(is_latest),
        last_modified: Some(version.at.into()),
        e_tag: version.etag.clone().map(ETag::Strong),
        size: Some(version.size),
        ..ObjectVersion::default()
    }
}

fn marker_entry(key: &str, version: &Version, is_latest: bool) -> DeleteMarkerEntry {
    DeleteMarkerEntry {
        key: Some(key.to_owned()),
        version_id: Some(version.id.clone()),
        is_latest: Some(is_latest),
        last_modified: Some(version.at.into()),
        ..DeleteMarkerEntry::default()
    }
}

fn require_no_delimiter(delimiter: Option<&str>) -> S3Result<()> {
    match delimiter {
        None | Some("") => Ok(()),
        Some(_) => Err(s3_error!(NotImplemented, "The local stack lists without a delimiter only")),
    }
}

fn limit(max_keys: Option<i32>) -> S3Result<usize> {
    let asked = max_keys.map_or(Ok(PAGE), usize::try_from);
    asked.map(|asked| asked.min(PAGE)).map_err(|_| s3_error!(InvalidArgument))
}
