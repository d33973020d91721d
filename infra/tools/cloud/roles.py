"""The database's roles (roles.sql), by the Data API: it needs no way into the VPC, and no password."""

import re
import time

import template
from aws import Refused
from failure import Failure, say

FILE = template.ROOT / "migrations" / "roles.sql"
# What Amazon's PostgreSQL has besides: whoever has this role logs in by IAM authentication only.
IAM = "GRANT rds_iam TO chat_owner, chat_service"
WAKING_SECONDS = 60


def create(aws, data):
    """Creates the roles, or finds that they are there: all of it may run again. For a database that the
    stage made itself; a given one's administrator runs roles.sql."""
    if not data.get("DatabaseAdminSecretArn") or not data.get("DatabaseClusterArn"):
        say("  the database is given: its administrator runs roles.sql once")
        return
    _execute(aws, data, as_one(f"{FILE.read_text()}\n{IAM};"))
    say("  the roles chat_owner and chat_service are there")


def as_one(text):
    """The statements of an SQL text as one, which is all that the Data API takes at a time: they happen
    together or not at all."""
    without_comments = re.sub(r"--[^\n]*", "", text)
    return f"DO $roles$ BEGIN\n{without_comments.strip()}\nEND $roles$"


def _execute(aws, data, statement):
    """Runs one statement; a database that was just made may need a moment."""
    deadline = time.monotonic() + WAKING_SECONDS
    while True:
        try:
            aws(
                "rds-data",
                "execute-statement",
                "--resource-arn",
                data["DatabaseClusterArn"],
                "--secret-arn",
                data["DatabaseAdminSecretArn"],
                "--database",
                data["DatabaseName"],
                "--sql",
                statement,
            )
            return
        except Refused as refused:
            if "Resuming" not in str(refused) and "Unavailable" not in str(refused):
                raise Failure(f"roles.sql: {refused}") from None
            if time.monotonic() > deadline:
                raise
            time.sleep(5)
