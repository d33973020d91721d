"""The commands themselves, against moto's server by the real AWS CLI: from nothing, again, changed, destroyed."""

import contextlib
import io
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import deploy
import destroy
import emulator
import package
import stage
import template
from aws import Aws
from failure import Failure

START_SECONDS = 60
STACKS = ["artifacts", "network", "data", "identity", "app", "watch"]


class DeployTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.enterClassContext(contextlib.chdir(template.ROOT))
        server = pathlib.Path(sys.executable).with_name("moto_server")
        cls.log = cls.enterClassContext(open(f"{cls.folder}/moto.log", "w+"))
        cls.moto = subprocess.Popen([server, "-H", "127.0.0.1", "-p", str(port)], stdout=cls.log, stderr=cls.log)
        cls.addClassCleanup(cls.moto.wait)
        cls.addClassCleanup(cls.moto.terminate)
        endpoint = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        before = dict(os.environ)
        cls.addClassCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        os.environ.update(endpoint)
        emulator.is_endpoint.cache_clear()
        await_answer(f"{endpoint['AWS_ENDPOINT_URL']}/moto-api/config")
        cls.zips = pathlib.Path(cls.folder, "zips")
        cls.zips.mkdir()
        for binary, _ in template.functions(template.load(template.APP)).values():
            package.write_zip(cls.zips / f"{binary}.zip", f"the program {binary}".encode())

    def run_deploy(self, name="dev"):
        """What a deployment of a stage does with each stack."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            deploy.deploy(name, self.zips, yes=True)
        done, lines = {}, said.getvalue().splitlines()
        for line, following in zip(lines, lines[1:]):
            if line.startswith(f"chat-{name}-") and "(" not in line:
                done[line.removeprefix(f"chat-{name}-")] = following.split(" in ")[0].strip()
        return done

    def run_destroy(self, data, name="dev"):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            destroy.destroy(name, data, yes=True)
        return said.getvalue()

    def test_a_stage_comes_stays_changes_and_goes(self):
        self.assertEqual(self.run_deploy(), dict.fromkeys(STACKS, "created"))
        self.assertEqual(self.run_deploy(), dict.fromkeys(STACKS, "no changes"))

        package.write_zip(self.zips / "send-message.zip", b"another program")
        changed = self.run_deploy()
        self.assertEqual([key for key, what in changed.items() if what != "no changes"], ["app"])

        self.assertIn("Stays: chat-dev-identity, chat-dev-data", self.run_destroy(data=False))
        aws = Aws("eu-central-1")
        self.assertIsNone(aws.stack("chat-dev-app"))
        self.assertIsNotNone(aws.stack("chat-dev-data"))
        self.run_destroy(data=True)
        self.assertEqual([key for key in STACKS if aws.stack(f"chat-dev-{key}")], [])
        self.assertIn("nothing to delete", self.run_destroy(data=True))

    def test_a_stage_with_every_stack_in_three_zones_comes_and_goes(self):
        self.assertEqual(self.run_deploy("prod"), dict.fromkeys(template.STACKS, "created"))
        subnets = Aws("eu-central-1")("ec2", "describe-subnets", "--filters", "Name=cidr-block,Values=10.20.*")[
            "Subnets"
        ]
        self.assertEqual(len({subnet["AvailabilityZone"] for subnet in subnets}), 3)
        self.run_destroy(data=True, name="prod")
        self.assertIsNone(Aws("eu-central-1").stack("chat-prod-data"))

    def test_a_missing_zip_is_named_before_anything_is_done(self):
        with self.assertRaisesRegex(Failure, "has no zip of .*send-message.*make package"):
            deploy.zips_in(pathlib.Path(self.folder))

    def test_another_account_than_the_stages_is_refused(self):
        file = stage.STAGES / "dev.toml"
        other = stage.parse("dev.toml", file.read_text().replace('account = ""', 'account = "999999999999"'))
        before, stage.load = stage.load, lambda name: other
        try:
            with self.assertRaisesRegex(Failure, "account 123456789012, and dev.toml is for 999999999999"):
                self.run_deploy()
        finally:
            stage.load = before

    def test_nobody_there_to_confirm_is_no_confirmation(self):
        with self.assertRaisesRegex(Failure, "YES=1"), contextlib.redirect_stdout(io.StringIO()):
            before, sys.stdin = sys.stdin, io.StringIO()
            try:
                deploy.deploy("dev", self.zips, yes=False)
            finally:
                sys.stdin = before


class FailedStackTest(unittest.TestCase):
    """What CloudFormation says of a deployment that failed, in its own shapes."""

    EVENTS = [
        ("chat-dev-app", "UPDATE_ROLLBACK_COMPLETE", None),
        ("SendMessage", "UPDATE_FAILED", "Resource update cancelled"),
        ("Schema", "UPDATE_FAILED", "Received response status [FAILED]: migrate failed: V3"),
        ("chat-dev-app", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Redeliver", "UPDATE_FAILED", "of another day"),
    ]

    def call(self, *arguments):
        stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/chat-dev-app/1"
        return {
            "StackEvents": [
                {
                    "LogicalResourceId": name,
                    "ResourceStatus": status,
                    "ResourceStatusReason": reason or "",
                    "StackId": stack,
                    "PhysicalResourceId": stack if name == "chat-dev-app" else name,
                }
                for name, status, reason in self.EVENTS
            ]
        }

    find = call

    def stack(self, name):
        return {"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}

    def test_a_failed_migration_fails_the_deployment_with_its_own_words(self):
        with self.assertRaisesRegex(
            Failure, r"app was not deployed \(UPDATE_ROLLBACK_COMPLETE\): Schema: .*migrate failed: V3"
        ):
            deploy.wait(self, "chat-dev-app")


def await_answer(url):
    """Waits until moto serves."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
