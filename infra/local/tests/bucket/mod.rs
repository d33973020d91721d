//! An S3 server of a test's own, with functions that may do this or that.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use chat_local::iam::{self, Iam, Principal};
use chat_local::rights;
use chat_local::s3::{self, Buckets, IMAGE_BUCKET};
use chat_local::switchable::SwitchableServer;
use chat_local::template::Template;
use reqwest::{Method, Response};

use crate::place::{Folder, free_addresses, http_client};

pub const KEY: &str = "sessions/7/customer-42/a picture.jpg";
pub const JPEG: &[u8] = b"\xff\xd8\xff\xe0 not much of a picture";

/// One function for each kind of right.
const TEMPLATE: &str = r#"
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap}}
Resources:
  Read:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: read}}
    Properties: {Policies: [!Ref Reading]}
  Look:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: look}}
    Properties: {Policies: [!Ref Reading, !Ref Listing]}
  Write:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: write}}
    Properties: {Policies: {Statement: {Effect: Allow, Action: "s3:Put*", Resource: !Sub "${ImageBucket.Arn}/sessions/*"}}}
  Store:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: store}}
    Properties: {Policies: {Statement: {Effect: Allow, Action: "s3:PutObject", Resource: !Sub "${ImageBucket.Arn}/sessions/*"}}}
  Withdraw:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: withdraw}}
    Properties:
      Policies:
        Statement:
          Effect: Allow
          Action: "s3:PutObjectTagging"
          Resource: !Sub "${ImageBucket.Arn}/sessions/*"
          Condition: {StringEquals: {"s3:RequestObjectTag/retracted": "true"}}
  Reading:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "${ImageBucket.Arn}/sessions/*"}}
  Listing:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: {Effect: Allow, Action: "s3:ListBucket", Resource: !GetAtt ImageBucket.Arn}}
  ImageBucket: {Type: AWS::S3::Bucket, Properties: {BucketName: chat-images}}
  ImageBucketPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref ImageBucket
      PolicyDocument:
        Statement:
          Effect: Deny
          Principal: "*"
          Action: "s3:GetObject"
          Resource: !Sub "${ImageBucket.Arn}/*"
          Condition:
            StringEquals: {"s3:ExistingObjectTag/retracted": "true"}
            ArnNotEquals: {"aws:PrincipalArn": !GetAtt LookRole.Arn}
"#;

/// An S3 server of the test's own, and clients of it.
pub struct Bucket {
    pub url: String,
    pub iam: Arc<Iam>,
    pub sdk: aws_sdk_s3::Client,
    pub http: reqwest::Client,
    _server: SwitchableServer,
    _folder: Folder,
}

/// The buckets of the project's own template.
fn buckets(folder: &Folder) -> Buckets {
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let name = BTreeMap::from([("ImageBucketName".to_owned(), IMAGE_BUCKET.to_owned())]);
    let specs = Template::load(&template, name).unwrap().buckets;
    Buckets::open(folder.path(), specs).unwrap()
}

impl Bucket {
    pub async fn new() -> Self {
        let folder = Folder::new();
        let [address] = free_addresses();
        let template = Template::parse("template.yaml", TEMPLATE, BTreeMap::new()).unwrap();
        let iam = Arc::new(rights::iam(&template).unwrap());
        let server = SwitchableServer::new(address, s3::router(&buckets(&folder), &iam));
        server.up().await.unwrap();
        let url = format!("http://{address}");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials(iam.credentials(&Principal::Operator).unwrap()))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&url)
            .build();
        let sdk = aws_sdk_s3::Client::from_conf(config);
        Self { url, iam, sdk, http: http_client(), _server: server, _folder: folder }
    }

    /// A client with that function's credentials, changed or not.
    pub fn of(
        &self,
        function: &str,
        change: impl FnOnce(&mut iam::Credentials),
    ) -> aws_sdk_s3::Client {
        let principal = Principal::Function(function.to_owned());
        let mut own = self.iam.credentials(&principal).unwrap().clone();
        change(&mut own);
        let config = self.sdk.config().to_builder().credentials_provider(credentials(&own));
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// An object as the operator puts it.
    pub async fn put(&self, tags: &str) {
        let put = self.sdk.put_object().bucket(IMAGE_BUCKET).key(KEY).tagging(tags);
        put.body(ByteStream::from_static(JPEG)).send().await.unwrap();
    }

    pub async fn presigned_put(&self, signing: PresigningConfig) -> PresignedRequest {
        let length = JPEG.len().try_into().unwrap();
        let put = self.sdk.put_object().bucket(IMAGE_BUCKET).key(KEY).content_type("image/jpeg");
        put.content_length(length).if_none_match("*").presigned(signing).await.unwrap()
    }

    pub async fn presigned_get(&self) -> PresignedRequest {
        let get = self.sdk.get_object().bucket(IMAGE_BUCKET).key(KEY);
        let get =
            get.response_content_disposition("attachment").response_content_type("image/webp");
        get.presigned(for_a_minute()).await.unwrap()
    }

    /// Sends a request as it was signed, but for the changes.
    pub async fn send(
        &self,
        request: &PresignedRequest,
        changes: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let method = Method::from_bytes(request.method().as_bytes()).unwrap();
        let mut builder = self.http.request(method, request.uri()).body(body.to_vec());
        for (name, value) in request.headers().filter(|(name, _)| *name != "content-length") {
            let other = changes.iter().find(|(changed, _)| *changed == name);
            match other {
                Some((_, "")) => {}
                Some((_, other)) => builder = builder.header(name, *other),
                None => builder = builder.header(name, value),
            }
        }
        builder.send().await.unwrap()
    }

    pub async fn holds_nothing(&self) -> bool {
        let list = self.sdk.list_objects_v2().bucket(IMAGE_BUCKET).send().await.unwrap();
        list.contents().is_empty()
    }
}

fn credentials(own: &iam::Credentials) -> Credentials {
    let token = Some(own.session_token.clone()).filter(|token| !token.is_empty());
    Credentials::new(&own.access_key_id, &own.secret_access_key, token, None, "test")
}

pub fn for_a_minute() -> PresigningConfig {
    PresigningConfig::expires_in(Duration::from_mins(1)).unwrap()
}

pub fn expired() -> PresigningConfig {
    let start = SystemTime::now() - Duration::from_secs(61);
    PresigningConfig::builder()
        .start_time(start)
        .expires_in(Duration::from_mins(1))
        .build()
        .unwrap()
}
