//! An S3 of the test's own, with buckets of every kind.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use chat_local::iam::Principal;
use chat_local::rights;
use chat_local::s3::{self, Buckets};
use chat_local::switchable::SwitchableServer;
use chat_local::template::Template;
use serde_json::{Value, json};

use crate::place::{Folder, free_addresses, http_client};

const TEMPLATE: &str = r#"
Parameters:
  Days: {Type: Number, Default: 3}
Conditions:
  Keeps: !Not [!Equals [!Ref Days, 0]]
Resources:
  RecordsBucket:
    Type: AWS::S3::Bucket
    Properties:
      ObjectLockEnabled: true
      ObjectLockConfiguration:
        ObjectLockEnabled: Enabled
        Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 30}}
  LooseBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: loose
      VersioningConfiguration: !If [Keeps, {Status: Enabled}, !Ref AWS::NoValue]
      ObjectLockEnabled: true
      LifecycleConfiguration:
        Rules:
          - {Id: Old, Status: Enabled, NoncurrentVersionExpiration: {NoncurrentDays: !Ref Days}}
          - {Id: Never, Status: !If [Keeps, Disabled, Enabled], ExpirationInDays: 1}
          - {Id: Markers, Status: Enabled, ExpiredObjectDeleteMarker: true}
  PlainBucket:
    Type: AWS::S3::Bucket
    Properties:
      CorsConfiguration:
        CorsRules:
          - AllowedOrigins: ["https://*.example.test"]
            AllowedMethods: [PUT]
            AllowedHeaders: [content-type, "x-amz-*"]
            ExposedHeaders: [ETag]
            MaxAge: 60
      LifecycleConfiguration:
        Rules:
          - Id: Pending
            Status: Enabled
            Prefix: sessions/
            ExpirationInDays: 14
            TagFilters: [{Key: upload, Value: pending}]
"#;
pub const RECORDS: &str = "chat-records";
pub const PLAIN: &str = "chat-plain";

pub struct Store {
    pub url: String,
    pub sdk: aws_sdk_s3::Client,
    _servers: [SwitchableServer; 2],
    controls: String,
    _folder: Folder,
}

impl Store {
    pub async fn new() -> Self {
        let folder = Folder::new();
        let template = Template::parse("template.yaml", TEMPLATE, BTreeMap::new()).unwrap();
        let iam = Arc::new(rights::iam(&template).unwrap());
        let buckets = Buckets::open(folder.path(), template.buckets).unwrap();
        let [address, controls] = free_addresses();
        let servers = [
            SwitchableServer::new(address, s3::router(&buckets, &iam)),
            SwitchableServer::new(controls, s3::lifecycle::router(buckets)),
        ];
        for server in &servers {
            server.up().await.unwrap();
        }
        let url = format!("http://{address}");
        let operator = iam.credentials(&Principal::Operator).unwrap();
        let (key, secret) = (&operator.access_key_id, &operator.secret_access_key);
        let token = Some(operator.session_token.clone()).filter(|token| !token.is_empty());
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new(key, secret, token, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(&url)
            .force_path_style(true)
            .build();
        let sdk = aws_sdk_s3::Client::from_conf(config);
        let controls = format!("http://{controls}");
        Self { url, sdk, _servers: servers, controls, _folder: folder }
    }

    /// Stores a version; gives its id.
    pub async fn put(&self, bucket: &str, key: &str, content: &'static str) -> Option<String> {
        let put = self.sdk.put_object().bucket(bucket).key(key);
        let put = put.body(ByteStream::from_static(content.as_bytes()));
        put.send().await.unwrap().version_id
    }

    /// A version's content, or the error's code.
    pub async fn get(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<String, String> {
        let get =
            self.sdk.get_object().bucket(bucket).key(key).set_version_id(version.map(Into::into));
        let object = get.send().await.map_err(|error| code(&error))?;
        let bytes = object.body.collect().await.unwrap().into_bytes();
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    pub async fn delete(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        bypasses: bool,
    ) -> Result<Option<String>, String> {
        let delete = self.sdk.delete_object().bucket(bucket).key(key);
        let delete = delete.set_version_id(version.map(Into::into));
        let delete = delete.set_bypass_governance_retention(bypasses.then_some(true));
        delete.send().await.map(|deleted| deleted.version_id).map_err(|error| code(&error))
    }

    /// Tells the rules what day it is.
    pub async fn day(&self, days_ahead: u64) -> Value {
        let at = SystemTime::now() + Duration::from_hours(24 * days_ahead);
        let day = DateTime::from(at).to_string();
        let body = json!({"day": day[..10]});
        let url = format!("{}/lifecycle/run", self.controls);
        http_client().post(url).json(&body).send().await.unwrap().json().await.unwrap()
    }
}

pub fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    error.code().unwrap_or("no code").to_owned()
}

pub fn in_days(days: u64) -> DateTime {
    DateTime::from(SystemTime::now() + Duration::from_hours(24 * days))
}
