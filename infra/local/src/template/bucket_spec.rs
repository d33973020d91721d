//! What the local stack takes from the template's buckets.

use serde::{Deserialize, Serialize};

/// One `AWS::S3::Bucket`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketSpec {
    /// The template's name for it, or one made of its key under `Resources`.
    pub name: String,
    /// Its key under `Resources`.
    pub logical_id: String,
    /// Whether what is overwritten or deleted is kept.
    pub is_versioned: bool,
    /// Whether versions can be locked, and how they are by themselves.
    pub lock: Option<ObjectLock>,
    /// Its rules that are switched on.
    pub lifecycle: Vec<LifecycleRule>,
    /// Which pages may use it.
    pub cors: Vec<BucketCors>,
}

impl BucketSpec {
    /// A plain bucket: `RecordsBucket` becomes `chat-records`.
    #[must_use]
    pub fn named(logical_id: &str) -> Self {
        let mut name = String::from("chat");
        for letter in logical_id.strip_suffix("Bucket").unwrap_or(logical_id).chars() {
            if letter.is_ascii_uppercase() {
                name.push('-');
            }
            name.push(letter.to_ascii_lowercase());
        }
        Self {
            name,
            logical_id: logical_id.to_owned(),
            is_versioned: false,
            lock: None,
            lifecycle: Vec::new(),
            cors: Vec::new(),
        }
    }
}

/// `ObjectLockConfiguration`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectLock {
    /// How a version is locked that says nothing itself.
    pub default: Option<Retention>,
}

/// `DefaultRetention`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Whom it holds.
    pub mode: LockMode,
    /// From the version's creation.
    pub days: u32,
}

/// Whom a retention holds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LockMode {
    /// Everyone but those who may bypass it, and say so.
    Governance,
    /// Everyone.
    Compliance,
}

/// One rule of `LifecycleConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifecycleRule {
    /// How the keys begin that it is for.
    pub prefix: String,
    /// Tags that an object must all have.
    pub tags: Vec<(String, String)>,
    /// After so many days an object expires.
    pub days: Option<u32>,
    /// After so many days without being the current one, a version goes.
    pub noncurrent_days: Option<u32>,
    /// Whether a delete marker goes that has no version behind it.
    pub removes_lone_markers: bool,
}

/// One rule of a bucket's `CorsConfiguration`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketCors {
    /// `*`, or origins with at most one `*`.
    pub origins: Vec<String>,
    /// In capital letters.
    pub methods: Vec<String>,
    /// Header names with at most one `*`.
    pub headers: Vec<String>,
    /// Header names that a page may read.
    pub exposed: Vec<String>,
    /// Seconds for which a browser may remember a preflight.
    pub max_age: Option<u64>,
}
