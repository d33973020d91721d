"""The template that deploys: template.yaml with infra/stacks/release.yaml laid over it."""

import copy
import hashlib

import template

MIGRATIONS = template.ROOT / "migrations"


def merged():
    """template.yaml as a release of it: aliases, canary, brake, and the migration before the functions."""
    app = lay_over(template.load(template.APP), template.load(template.RELEASE))
    for logical_id in template.functions(app):
        if logical_id != "Migrate":
            app["Resources"][logical_id]["DependsOn"] = ["Schema"]
    return app


def lay_over(below, above):
    """`above` over `below`: maps are joined member by member, anything else replaces what was there."""
    if not (isinstance(below, dict) and isinstance(above, dict)) or _is_intrinsic(above):
        return copy.deepcopy(above)
    joined = copy.deepcopy(below)
    for key, value in above.items():
        joined[key] = lay_over(joined[key], value) if key in joined else copy.deepcopy(value)
    return joined


def _is_intrinsic(value):
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def with_code(app, bucket, keys):
    """The template with each function's zip in S3 instead of the workspace; `keys` by binary."""
    app = copy.deepcopy(app)
    app["Globals"]["Function"].pop("CodeUri", None)
    for logical_id, (binary, _) in template.functions(app).items():
        resource = app["Resources"][logical_id]
        resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": keys[binary]}
        # It tells `sam build` how to build; here it would be a change without one.
        del resource["Metadata"]
    return app


def migrations_fingerprint():
    """Changes whenever migrate has something new to do."""
    digest = hashlib.sha256()
    for path in sorted(MIGRATIONS.glob("V*.sql")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
