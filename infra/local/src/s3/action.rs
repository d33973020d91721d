//! Which actions of IAM a request to S3 needs.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>

use std::borrow::Cow;

use axum::http::HeaderMap;
use s3s::path::S3Path;

use crate::aws_names::PARTITION;

/// A request, as far as its actions depend on it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The operation's name in S3's API.
    pub(super) operation: &'a str,
    pub(super) path: &'a S3Path,
    pub(super) headers: &'a HeaderMap,
    /// Decoded.
    pub(super) query: &'a [(Cow<'a, str>, Cow<'a, str>)],
}

impl<'a> Asked<'a> {
    /// A parameter of the query that is there and not empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        let found = self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_ref()).filter(|value| !value.is_empty())
    }

    /// The version that it is about, if it says so.
    pub(super) fn version(&self) -> Option<&'a str> {
        self.parameter("versionId")
    }

    /// One of S3's own headers, which a pre-signed URL may carry as a parameter.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let header = self.headers.get(name).and_then(|value| value.to_str().ok());
        header.or_else(|| self.parameter(name))
    }

    /// The actions, all on the request's own resource.
    pub(super) fn actions(&self) -> Vec<Cow<'static, str>> {
        let has_version = self.version().is_some();
        let mut actions = vec![action(self.operation, has_version)];
        let mut also = |needed: bool, action: &'static str| {
            if needed {
                actions.push(action.into());
            }
        };
        if matches!(self.operation, "PutObject" | "CopyObject" | "CreateMultipartUpload") {
            let has = |name| self.header(name).is_some();
            also(has("x-amz-tagging"), "s3:PutObjectTagging");
            also(has("x-amz-acl"), "s3:PutObjectAcl");
            also(has("x-amz-object-lock-mode"), "s3:PutObjectRetention");
            also(has("x-amz-object-lock-legal-hold"), "s3:PutObjectLegalHold");
        }
        let is_bypass = self.header("x-amz-bypass-governance-retention") == Some("true");
        also(is_bypass, "s3:BypassGovernanceRetention");
        actions
    }
}

/// The ARN of a bucket, of an object, or of everything.
pub(super) fn resource(path: &S3Path) -> String {
    match path {
        S3Path::Root => format!("arn:{PARTITION}:s3:::*"),
        S3Path::Bucket { bucket } => bucket_arn(bucket),
        S3Path::Object { bucket, key } => object_arn(bucket, key),
    }
}

/// The ARN of a bucket.
pub(super) fn bucket_arn(bucket: &str) -> String {
    format!("arn:{PARTITION}:s3:::{bucket}")
}

/// The ARN of an object.
pub(super) fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:{PARTITION}:s3:::{bucket}/{key}")
}

/// Most operations are called like their action.
fn action(operation: &str, has_version: bool) -> Cow<'static, str> {
    let plain = match operation {
        "ListBuckets" => "s3:ListAllMyBuckets",
        "ListObjects" | "ListObjectsV2" | "HeadBucket" => "s3:ListBucket",
        "ListObjectVersions" => "s3:ListBucketVersions",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "ListParts" => "s3:ListMultipartUploadParts",
        "PutObject"
        | "PostObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => "s3:PutObject",
        "GetObject" | "HeadObject" | "GetObjectAttributes" if has_version => "s3:GetObjectVersion",
        "GetObject" | "HeadObject" | "GetObjectAttributes" => "s3:GetObject",
        "GetObjectTagging" if has_version => "s3:GetObjectVersionTagging",
        "PutObjectTagging" if has_version => "s3:PutObjectVersionTagging",
        "DeleteObjectTagging" if has_version => "s3:DeleteObjectVersionTagging",
        "DeleteObject" if has_version => "s3:DeleteObjectVersion",
        "GetBucketCors" => "s3:GetBucketCORS",
        "PutBucketCors" | "DeleteBucketCors" => "s3:PutBucketCORS",
        "GetBucketLifecycleConfiguration" => "s3:GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => {
            "s3:PutLifecycleConfiguration"
        }
        "GetObjectLockConfiguration" => "s3:GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration" => "s3:PutBucketObjectLockConfiguration",
        other => return format!("s3:{other}").into(),
    };
    plain.into()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use s3s::path::S3Path;

    use super::Asked;

    fn actions(
        operation: &str,
        query: &str,
        headers: &[(&'static str, &'static str)],
    ) -> Vec<String> {
        let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let headers: HeaderMap = headers.collect();
        let path = S3Path::object("images", "a");
        let asked = Asked { operation, path: &path, headers: &headers, query: &query };
        asked.actions().into_iter().map(Into::into).collect()
    }

    #[test]
    fn a_request_needs_every_action_that_it_makes_use_of() {
        let tagged = [("x-amz-tagging", "upload=pending")];
        assert_eq!(actions("HeadObject", "", &[]), ["s3:GetObject"]);
        assert_eq!(actions("GetObject", "versionId=7", &[]), ["s3:GetObjectVersion"]);
        assert_eq!(actions("PutObject", "", &tagged), ["s3:PutObject", "s3:PutObjectTagging"]);
        assert_eq!(
            actions("PutObject", "X-Amz-Tagging=a%3Db", &[]),
            ["s3:PutObject", "s3:PutObjectTagging"]
        );
        assert_eq!(
            actions(
                "DeleteObject",
                "versionId=7",
                &[("x-amz-bypass-governance-retention", "true")]
            ),
            ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]
        );
        assert_eq!(actions("PutObjectRetention", "", &[]), ["s3:PutObjectRetention"]);
        assert_eq!(actions("ListObjectVersions", "", &[]), ["s3:ListBucketVersions"]);
        for (operation, action) in [
            ("CreateMultipartUpload", "s3:PutObject"),
            ("UploadPart", "s3:PutObject"),
            ("CompleteMultipartUpload", "s3:PutObject"),
            ("AbortMultipartUpload", "s3:AbortMultipartUpload"),
            ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
        ] {
            assert_eq!(actions(operation, "uploadId=7", &[]), [action]);
        }
    }
}
