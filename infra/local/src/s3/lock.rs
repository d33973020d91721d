//! Object lock: which versions may not go, and which retentions may not be shortened.

use s3s::dto::{
    ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode,
    PutObjectInput,
};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::template::{BucketSpec, LockMode, Retention};

/// Until when a version is kept, and from whom.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Lock {
    mode: LockMode,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl Lock {
    /// What the bucket says of versions that say nothing themselves.
    pub(super) fn by_default(retention: Retention, now: OffsetDateTime) -> Self {
        Self { mode: retention.mode, until: now + Duration::days(retention.days.into()) }
    }

    /// What a request says; both parts or none of them.
    pub(super) fn asked(
        mode: Option<&str>,
        until: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> S3Result<Option<Self>> {
        let (mode, until) = match (mode, until) {
            (None, None) => return Ok(None),
            (Some(mode), Some(until)) => (mode, until),
            _ => {
                let what = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied";
                return Err(s3_error!(InvalidArgument, "{what}"));
            }
        };
        let mode = match mode {
            ObjectLockMode::COMPLIANCE => LockMode::Compliance,
            ObjectLockMode::GOVERNANCE => LockMode::Governance,
            _ => return Err(s3_error!(InvalidArgument, "Unknown wormMode directive.")),
        };
        if until <= now {
            let what = "The retain until date must be in the future!";
            return Err(s3_error!(InvalidArgument, "{what}"));
        }
        Ok(Some(Self { mode, until }))
    }

    /// Whether a version may go now. Whoever bypasses governance says so, and needs the right to.
    pub(super) fn lets_go(self, bypasses: bool, now: OffsetDateTime) -> bool {
        self.until <= now || (self.mode == LockMode::Governance && bypasses)
    }

    /// Whether another retention, or none, may take its place now.
    pub(super) fn gives_way_to(
        self,
        other: Option<Self>,
        bypasses: bool,
        now: OffsetDateTime,
    ) -> bool {
        let is_stricter = other.is_some_and(|other| {
            other.until >= self.until
                && (other.mode == self.mode || other.mode == LockMode::Compliance)
        });
        is_stricter || self.lets_go(bypasses, now)
    }

    /// As the headers of an object have it.
    pub(super) fn mode(self) -> ObjectLockMode {
        ObjectLockMode::from_static(match self.mode {
            LockMode::Compliance => ObjectLockMode::COMPLIANCE,
            LockMode::Governance => ObjectLockMode::GOVERNANCE,
        })
    }

    /// See [`Self::mode`].
    pub(super) fn until(self) -> OffsetDateTime {
        self.until
    }

    /// As `GetObjectRetention` has it.
    pub(super) fn retention(self) -> ObjectLockRetention {
        ObjectLockRetention {
            mode: Some(retention_mode(self.mode)),
            retain_until_date: Some(self.until.into()),
        }
    }
}

/// A mode as a bucket's configuration has it.
pub(super) fn retention_mode(mode: LockMode) -> ObjectLockRetentionMode {
    ObjectLockRetentionMode::from_static(match mode {
        LockMode::Compliance => ObjectLockRetentionMode::COMPLIANCE,
        LockMode::Governance => ObjectLockRetentionMode::GOVERNANCE,
    })
}

/// Refuses what is about object lock in a bucket that has none.
pub(super) fn require_lock(spec: &BucketSpec) -> S3Result<()> {
    let what = "Bucket is missing Object Lock Configuration";
    spec.lock.map(drop).ok_or_else(|| s3_error!(InvalidRequest, "{what}"))
}

/// Takes what a request says of object lock, with the bucket's default where it says nothing.
pub(super) fn lock_of(
    spec: &BucketSpec,
    input: &mut PutObjectInput,
    now: OffsetDateTime,
) -> S3Result<(Option<Lock>, bool)> {
    let mode = input.object_lock_mode.take();
    let until = input.object_lock_retain_until_date.take().map(OffsetDateTime::from);
    let hold = input.object_lock_legal_hold_status.take();
    let asked = Lock::asked(mode.as_ref().map(ObjectLockMode::as_str), until, now)?;
    let Some(of_bucket) = spec.lock else {
        if asked.is_some() || hold.is_some() {
            let what = "Bucket is missing Object Lock Configuration";
            return Err(s3_error!(InvalidRequest, "{what}"));
        }
        return Ok((None, false));
    };
    let lock = asked.or(of_bucket.default.map(|default| Lock::by_default(default, now)));
    let is_held = hold.is_some_and(|hold| is_on(&hold));
    if (lock.is_some() || is_held) && !has_checksum(input) {
        let what = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters";
        return Err(s3_error!(InvalidRequest, "{what}"));
    }
    Ok((lock, is_held))
}

/// Whether a legal hold is to be.
pub(super) fn is_on(status: &ObjectLockLegalHoldStatus) -> bool {
    status.as_str() == ObjectLockLegalHoldStatus::ON
}

/// As S3 tells of a legal hold.
pub(super) fn hold_status(is_held: bool) -> ObjectLockLegalHoldStatus {
    ObjectLockLegalHoldStatus::from_static(if is_held {
        ObjectLockLegalHoldStatus::ON
    } else {
        ObjectLockLegalHoldStatus::OFF
    })
}

fn has_checksum(input: &PutObjectInput) -> bool {
    input.content_md5.is_some()
        || input.checksum_algorithm.is_some()
        || input.checksum_crc32.is_some()
        || input.checksum_crc32c.is_some()
        || input.checksum_crc64nvme.is_some()
        || input.checksum_sha1.is_some()
        || input.checksum_sha256.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_gives_way_only_to_a_stricter_one_or_to_who_may_bypass_it() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let lock = |mode, days| Lock { mode, until: now + Duration::days(days) };
        let (governance, compliance) =
            (lock(LockMode::Governance, 2), lock(LockMode::Compliance, 2));
        for (from, to, bypasses, gives_way) in [
            (governance, Some(lock(LockMode::Governance, 3)), false, true),
            (governance, Some(lock(LockMode::Governance, 1)), false, false),
            (governance, Some(lock(LockMode::Governance, 1)), true, true),
            (governance, Some(compliance), false, true),
            (governance, None, false, false),
            (governance, None, true, true),
            (compliance, Some(lock(LockMode::Compliance, 3)), false, true),
            (compliance, Some(lock(LockMode::Compliance, 1)), true, false),
            (compliance, Some(lock(LockMode::Governance, 3)), true, false),
            (compliance, None, true, false),
        ] {
            let found = from.gives_way_to(to, bypasses, now);
            assert_eq!(found, gives_way, "{from:?} to {to:?}, bypassing: {bypasses}");
        }
        let later = now + Duration::days(2);
        assert!(compliance.lets_go(false, later), "its time is over");
    }
}
