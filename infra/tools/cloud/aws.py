"""The AWS CLI, as a person would use it: whatever credentials, profile and endpoint are set up count here too."""

import json
import os
import pathlib
import subprocess
import sys

from failure import Failure

# The one beside this Python, from requirements-cloud.txt.
CLI = pathlib.Path(sys.executable).with_name("aws")
NOT_FOUND = ("NoSuchEntity", "does not exist", "Not Found", "(404)", "NotFound")


class Refused(Failure):
    """AWS answered with an error."""


class Aws:
    """The CLI in one region."""

    def __init__(self, region):
        self.region = region
        # Nobody is there to page through, and version 2 asks for JSON payloads in another way.
        self.environment = {**os.environ, "AWS_PAGER": "", "AWS_DEFAULT_REGION": region, "AWS_REGION": region}

    def command(self, *arguments):
        """A command line; the CLI's own words come first, as texts."""
        return [str(CLI), *map(str, arguments), "--region", self.region]

    def __call__(self, *arguments):
        """Runs one call, and returns its JSON (None if it has no output)."""
        command = self.command(*arguments, "--output", "json")
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Refused(f"aws {' '.join(map(str, arguments[:2]))}: {last_line(done.stderr)}")
        # `aws s3` speaks no JSON.
        return json.loads(done.stdout) if done.stdout.strip() and arguments[0] != "s3" else None

    def find(self, *arguments):
        """As a call, but None where there is no such thing."""
        try:
            return self(*arguments)
        except Refused as refused:
            if any(word in str(refused) for word in NOT_FOUND):
                return None
            raise

    def account(self):
        """The account of the credentials."""
        try:
            return self("sts", "get-caller-identity")["Account"]
        except Refused as refused:
            raise Failure(
                f"no access to AWS ({refused}); set up credentials: aws configure, or aws sso login"
            ) from None

    def stack(self, name):
        """What CloudFormation says of a stack; None if there is none."""
        found = self.find("cloudformation", "describe-stacks", "--stack-name", name)
        return found["Stacks"][0] if found else None


def outputs_of(stack):
    """A stack's outputs by their names."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs") or []}


def last_line(text):
    """An error's own line, of all that a program said."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason was given"
