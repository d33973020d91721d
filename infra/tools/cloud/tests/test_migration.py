"""The function in release.yaml that runs migrate during a deployment: its own code, with Lambda and
CloudFormation played by these tests."""

import io
import sys
import types
import unittest

import release


class Cloud:
    """What the function calls: one answer of migrate, and what CloudFormation was told."""

    def __init__(self, payload, error=False):
        self.payload, self.error, self.told, self.invoked = payload, error, [], []

    def invoke(self, FunctionName, Payload):  # boto3's names
        self.invoked.append(FunctionName)
        answer = {"Payload": io.BytesIO(self.payload.encode())}
        return answer | ({"FunctionError": "Unhandled"} if self.error else {})

    def modules(self):
        boto3 = types.ModuleType("boto3")
        boto3.client = lambda name, config=None: self
        config = types.ModuleType("botocore.config")
        config.Config = lambda **_: None
        response = types.ModuleType("cfnresponse")
        response.SUCCESS, response.FAILED = "SUCCESS", "FAILED"
        response.send = lambda event, context, status, data, physical_id, reason=None: self.told.append(
            (status, reason)
        )
        return {
            "boto3": boto3,
            "botocore": types.ModuleType("botocore"),
            "botocore.config": config,
            "cfnresponse": response,
        }


def run(cloud, kind="Update"):
    code = release.merged()["Resources"]["RunMigrate"]["Properties"]["Code"]["ZipFile"]
    before = {name: sys.modules.get(name) for name in cloud.modules()}
    sys.modules.update(cloud.modules())
    try:
        namespace = {"print": lambda *_: None}
        exec(compile(code, "RunMigrate", "exec"), namespace)  # it is this repository's
        namespace["handler"]({"RequestType": kind, "ResourceProperties": {"Function": "migrate"}}, None)
    finally:
        for name, module in before.items():
            sys.modules.pop(name) if module is None else sys.modules.update({name: module})
    return cloud


class MigrationTest(unittest.TestCase):
    def test_a_migration_that_worked_lets_the_deployment_go_on(self):
        cloud = run(Cloud('{"applied": ["V3__more"]}'))
        self.assertEqual(cloud.told, [("SUCCESS", None)])
        self.assertEqual(cloud.invoked, ["migrate"])

    def test_a_migration_that_failed_fails_the_deployment_with_its_reason(self):
        ((status, reason),) = run(Cloud('{"errorMessage": "a migration failed: V3"}', error=True)).told
        self.assertEqual(status, "FAILED")
        self.assertIn("V3", reason)

    def test_a_schema_that_is_newer_than_the_release_does_not_keep_a_rollback_from_working(self):
        said = '{"errorMessage": "the database is newer than this program: its schema is at V9, this program knows V7"}'
        self.assertEqual(run(Cloud(said, error=True)).told, [("SUCCESS", None)])

    def test_deleting_the_stack_migrates_nothing(self):
        cloud = run(Cloud("{}"), "Delete")
        self.assertEqual((cloud.told, cloud.invoked), ([("SUCCESS", None)], []))
