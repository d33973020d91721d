//! `AWS::S3::Bucket`: what of its properties changes how the stack's S3 behaves.

use super::bucket_spec::{BucketCors, BucketSpec, LifecycleRule, LockMode, ObjectLock, Retention};
use super::error::TemplateError;
use super::evaluate::Scope;
use super::node::Place;

const HONORED: &[&str] = &[
    "BucketName",
    "CorsConfiguration",
    "LifecycleConfiguration",
    "ObjectLockConfiguration",
    "ObjectLockEnabled",
    "VersioningConfiguration",
];

/// Everything here is signed and private; nothing is encrypted, copied to another region or counted.
const WITHOUT_EFFECT_HERE: &[&str] = &[
    "BucketEncryption",
    "IntelligentTieringConfigurations",
    "LoggingConfiguration",
    "OwnershipControls",
    "PublicAccessBlockConfiguration",
    "ReplicationConfiguration",
    "Tags",
];

/// A bucket.
pub(super) fn bucket(scope: &Scope<'_>, resource: &Place<'_>) -> Result<BucketSpec, TemplateError> {
    let mut spec = BucketSpec::named(&resource.path);
    let Some(properties) = resource.optional("Properties") else { return Ok(spec) };
    let known: Vec<&str> = HONORED.iter().chain(WITHOUT_EFFECT_HERE).copied().collect();
    properties.only(&known)?;
    if let Some(name) = text(scope, &properties, "BucketName")? {
        spec.name = name;
    }
    if let Some(versioning) = chosen(scope, &properties, "VersioningConfiguration")? {
        versioning.only(&["Status"])?;
        spec.is_versioned = text(scope, &versioning, "Status")?.as_deref() == Some("Enabled");
    }
    spec.lock = lock(scope, &properties)?;
    // S3 versions a bucket with object lock, whatever else is said.
    spec.is_versioned |= spec.lock.is_some();
    if let Some(lifecycle) = chosen(scope, &properties, "LifecycleConfiguration")? {
        lifecycle.only(&["Rules", "TransitionDefaultMinimumObjectSize"])?;
        for rule in lifecycle.required("Rules")?.items()? {
            spec.lifecycle.extend(rule_of(scope, &rule)?);
        }
    }
    if let Some(cors) = chosen(scope, &properties, "CorsConfiguration")? {
        cors.only(&["CorsRules"])?;
        for rule in cors.required("CorsRules")?.items()? {
            spec.cors.push(cors_of(scope, &rule)?);
        }
    }
    Ok(spec)
}

fn lock(scope: &Scope<'_>, properties: &Place<'_>) -> Result<Option<ObjectLock>, TemplateError> {
    let configuration = chosen(scope, properties, "ObjectLockConfiguration")?;
    let is_enabled = text(scope, properties, "ObjectLockEnabled")?.as_deref() == Some("true");
    let Some(configuration) = configuration else {
        return Ok(is_enabled.then(ObjectLock::default));
    };
    configuration.only(&["ObjectLockEnabled", "Rule"])?;
    let Some(rule) = chosen(scope, &configuration, "Rule")? else {
        return Ok(Some(ObjectLock::default()));
    };
    rule.only(&["DefaultRetention"])?;
    let retention = rule.required("DefaultRetention")?;
    retention.only(&["Days", "Mode", "Years"])?;
    let mode = retention.required("Mode")?;
    let mode = match scope.text(&mode)?.as_deref() {
        Some("COMPLIANCE") => LockMode::Compliance,
        Some("GOVERNANCE") => LockMode::Governance,
        _ => return Err(mode.error("must be GOVERNANCE or COMPLIANCE")),
    };
    let days = match (days(scope, &retention, "Days")?, days(scope, &retention, "Years")?) {
        (Some(days), None) => days,
        (None, Some(years)) => years * 365,
        _ => return Err(retention.error("must have either Days or Years")),
    };
    Ok(Some(ObjectLock { default: Some(Retention { mode, days }) }))
}

fn rule_of(scope: &Scope<'_>, place: &Place<'_>) -> Result<Option<LifecycleRule>, TemplateError> {
    place.only(&[
        // No multipart upload stays incomplete here.
        "AbortIncompleteMultipartUpload",
        "ExpirationInDays",
        "ExpiredObjectDeleteMarker",
        "Id",
        "NoncurrentVersionExpiration",
        "Prefix",
        "Status",
        "TagFilters",
        // Cheaper storage is storage all the same.
        "Transitions",
        "NoncurrentVersionTransitions",
    ])?;
    let status = place.required("Status")?;
    match scope.text(&status)?.as_deref() {
        Some("Enabled") => {}
        Some("Disabled") => return Ok(None),
        _ => return Err(status.error("must be Enabled or Disabled")),
    }
    let mut tags = Vec::new();
    if let Some(filters) = chosen(scope, place, "TagFilters")? {
        for filter in filters.items()? {
            let part = |key: &str| scope.text(&filter.required(key)?);
            tags.push((part("Key")?.unwrap_or_default(), part("Value")?.unwrap_or_default()));
        }
    }
    let noncurrent_days = match chosen(scope, place, "NoncurrentVersionExpiration")? {
        Some(expiration) => {
            expiration.only(&["NoncurrentDays"])?;
            days(scope, &expiration, "NoncurrentDays")?
        }
        None => None,
    };
    Ok(Some(LifecycleRule {
        prefix: text(scope, place, "Prefix")?.unwrap_or_default(),
        tags,
        days: days(scope, place, "ExpirationInDays")?,
        noncurrent_days,
        removes_lone_markers: text(scope, place, "ExpiredObjectDeleteMarker")?.as_deref()
            == Some("true"),
    }))
}

fn cors_of(scope: &Scope<'_>, place: &Place<'_>) -> Result<BucketCors, TemplateError> {
    place.only(&[
        "AllowedHeaders",
        "AllowedMethods",
        "AllowedOrigins",
        "ExposedHeaders",
        "Id",
        "MaxAge",
    ])?;
    let list = |key: &str| match place.optional(key) {
        Some(values) => scope.list(&values),
        None => Ok(Vec::new()),
    };
    Ok(BucketCors {
        origins: list("AllowedOrigins")?,
        methods: list("AllowedMethods")?,
        headers: list("AllowedHeaders")?,
        exposed: list("ExposedHeaders")?,
        max_age: place.optional("MaxAge").map(|age| scope.number(&age)).transpose()?,
    })
}

/// A property, unless it is absent or an `!If` chooses `AWS::NoValue`.
fn chosen<'a>(
    scope: &Scope<'_>,
    place: &Place<'a>,
    key: &str,
) -> Result<Option<Place<'a>>, TemplateError> {
    place.optional(key).map_or(Ok(None), |property| scope.chosen(property))
}

fn text(scope: &Scope<'_>, place: &Place<'_>, key: &str) -> Result<Option<String>, TemplateError> {
    chosen(scope, place, key)?.map_or(Ok(None), |property| scope.text(&property))
}

fn days(scope: &Scope<'_>, place: &Place<'_>, key: &str) -> Result<Option<u32>, TemplateError> {
    let Some(property) = chosen(scope, place, key)? else { return Ok(None) };
    let number = scope.number(&property)?;
    u32::try_from(number).map(Some).map_err(|_| property.error("is too large"))
}
