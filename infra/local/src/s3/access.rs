//! Who may do what with S3: whoever signed, by the policies of the template.

use std::borrow::Cow;
use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{CopyObjectInput, CopySource, DeleteObjectsInput, PutObjectTaggingInput};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result, s3_error};

use super::action::{Asked, bucket_arn, object_arn, resource};
use super::bucket::Buckets;
use super::credential;
use super::plain::Tags;
use crate::iam::{Context, Iam, Principal};

/// The keys by which s3s verifies signatures.
pub(super) struct Keys(pub(super) Arc<Iam>);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let owner = self.0.owner(access_key);
        let (_, credentials) = owner.ok_or_else(credential::unknown_key)?;
        Ok(credentials.secret_access_key.clone().into())
    }
}

/// Asks the policies about each request. A pre-signed URL is judged when it is used, as whoever signed it.
pub(super) struct Access {
    pub(super) iam: Arc<Iam>,
    pub(super) buckets: Buckets,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, request: &mut S3AccessContext<'_>) -> S3Result<()> {
        let Some(credentials) = request.credentials() else {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        };
        let owner = self.iam.owner(&credentials.access_key);
        let (principal, credentials) = owner.ok_or_else(credential::unknown_key)?;
        let query: Vec<(Cow<'_, str>, Cow<'_, str>)> =
            form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).collect();
        let (path, operation) = (request.s3_path(), request.s3_op().name());
        let asked = Asked { operation, path, headers: request.headers(), query: &query };
        credential::check(&asked, credentials)?;
        // Which objects or which tags it is about is in its body.
        if !matches!(operation, "DeleteObjects" | "PutObjectTagging") {
            let context = self.context(&asked).await?;
            for action in asked.actions() {
                self.authorize(&principal, &action, &resource(path), &context)?;
            }
            self.require_listing_for_absence(&asked, &principal, &context).await?;
        }
        request.extensions_mut().insert(Caller(principal));
        Ok(())
    }

    async fn delete_objects(&self, request: &mut S3Request<DeleteObjectsInput>) -> S3Result<()> {
        let principal = caller(request)?;
        for object in &request.input.delete.objects {
            let action = match object.version_id {
                Some(_) => "s3:DeleteObjectVersion",
                None => "s3:DeleteObject",
            };
            let arn = object_arn(&request.input.bucket, &object.key);
            self.authorize(&principal, action, &arn, &Context::default())?;
            if request.input.bypass_governance_retention == Some(true) {
                let bypass = "s3:BypassGovernanceRetention";
                self.authorize(&principal, bypass, &arn, &Context::default())?;
            }
        }
        Ok(())
    }

    async fn put_object_tagging(
        &self,
        request: &mut S3Request<PutObjectTaggingInput>,
    ) -> S3Result<()> {
        let principal = caller(request)?;
        let PutObjectTaggingInput { bucket, key, version_id, tagging, .. } = &request.input;
        let tags = self.buckets.read_tags(bucket, key, version_id.as_deref()).await?;
        let mut context = tagged(Context::default(), &tags);
        for tag in &tagging.tag_set {
            let (name, value) = (tag.key.as_deref(), tag.value.as_deref());
            let name = format!("s3:RequestObjectTag/{}", name.unwrap_or_default());
            context = context.with(&name, value.unwrap_or_default());
        }
        let action = match version_id {
            Some(_) => "s3:PutObjectVersionTagging",
            None => "s3:PutObjectTagging",
        };
        self.authorize(&principal, action, &object_arn(bucket, key), &context)
    }

    async fn copy_object(&self, request: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        let principal = caller(request)?;
        let CopySource::Bucket { bucket, key, version_id } = &request.input.copy_source else {
            return Err(s3_error!(NotImplemented));
        };
        let action = if version_id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let tags = self.buckets.read_tags(bucket, key, version_id.as_deref()).await?;
        let context = tagged(Context::default(), &tags);
        self.authorize(&principal, action, &object_arn(bucket, key), &context)
    }
}

/// Who has signed a request, for what is checked once its body is read.
#[derive(Clone)]
struct Caller(Principal);

fn caller<T>(request: &S3Request<T>) -> S3Result<Principal> {
    let caller = request.extensions.get::<Caller>();
    caller.map(|caller| caller.0.clone()).ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

impl Access {
    /// What conditions may ask about the request.
    async fn context(&self, asked: &Asked<'_>) -> S3Result<Context> {
        let mut context = Context::default();
        if let S3Path::Object { bucket, key } = asked.path {
            let tags = self.buckets.read_tags(bucket, key, asked.version()).await?;
            context = tagged(context, &tags);
        }
        if let Some(prefix) = asked.parameter("prefix") {
            context = context.with("s3:prefix", prefix);
        }
        let tags = asked.header("x-amz-tagging").unwrap_or_default();
        for (name, value) in form_urlencoded::parse(tags.as_bytes()) {
            context = context.with(&format!("s3:RequestObjectTag/{name}"), value);
        }
        Ok(context)
    }

    /// S3 tells only those who may list a bucket that an object is not there.
    async fn require_listing_for_absence(
        &self,
        asked: &Asked<'_>,
        principal: &Principal,
        context: &Context,
    ) -> S3Result<()> {
        match asked.path {
            S3Path::Object { bucket, key }
                if matches!(
                    asked.operation,
                    "GetObject" | "HeadObject" | "DeleteObjectTagging"
                ) && !self.buckets.has_object(bucket, key, asked.version()).await? =>
            {
                self.authorize(principal, "s3:ListBucket", &bucket_arn(bucket), context)
            }
            _ => Ok(()),
        }
    }

    fn authorize(
        &self,
        principal: &Principal,
        action: &str,
        resource: &str,
        context: &Context,
    ) -> S3Result<()> {
        self.iam
            .authorize(principal, action, resource, context)
            .map_err(|denial| S3Error::with_message(S3ErrorCode::AccessDenied, denial.to_string()))
    }
}

fn tagged(context: Context, tags: &Tags) -> Context {
    tags.iter().fold(context, |context, (name, value)| {
        context.with(&format!("s3:ExistingObjectTag/{name}"), value)
    })
}
