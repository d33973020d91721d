"""Rights that no test makes use of, and why they are granted all the same."""

# (function, policy, action): why. No function: what bounds all of them.
EXPLAINED = {
    **{
        (function, policy, "s3:AbortMultipartUpload"): "for what an export that was killed left in parts"
        for function, policy in (
            ("export-records", "WriteExports"),
            ("erase-customer", "EraseObjects"),
            ("apply-retention", "EraseObjects"),
            ("reapply-erasures", "EraseObjects"),
            (None, "FunctionBoundary"),
        )
    },
    **{
        ("apply-retention", "EraseObjects", action): "for what an erasure or an age leaves to it"
        for action in ("s3:DeleteObjectVersion", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
    },
    **{
        ("reapply-erasures", policy, action): "only after a restore, of which clients of a shared stack would hear"
        for policy, action in (
            ("EraseObjects", "s3:DeleteObjectVersion"),
            ("EraseObjects", "s3:ListBucketVersions"),
            ("EraseObjects", "s3:ListBucketMultipartUploads"),
            ("EngraveTombstones", "s3:PutObject"),
            ("EngraveTombstones", "s3:PutObjectRetention"),
            ("CloseConnections", "execute-api:ManageConnections"),
        )
    },
}
