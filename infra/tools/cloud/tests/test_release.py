"""What a release adds to template.yaml reaches every function."""

import unittest

import release
import template


class ReleaseTest(unittest.TestCase):
    def setUp(self):
        self.app = release.merged()
        self.functions = template.functions(self.app)

    def test_every_function_but_migrate_waits_for_the_migration(self):
        for logical_id, (_, resource) in self.functions.items():
            expected = None if logical_id == "Migrate" else ["Schema"]
            self.assertEqual(resource.get("DependsOn"), expected, logical_id)
        self.assertEqual(self.app["Resources"]["Schema"]["Properties"]["Function"], {"Ref": "Migrate"})

    def test_the_websocket_api_calls_the_alias_and_never_the_newest_code(self):
        properties = self.app["Resources"]["WebSocketApi"]["Properties"]
        called = [properties["Auth"]["AuthArn"], *(route["FunctionArn"] for route in properties["Routes"].values())]
        for reference in called:
            self.assertTrue(reference["Ref"].endswith("Aliaslive"), reference)

    def test_redeliver_is_woken_by_its_alias_and_may_be(self):
        alias = {"Ref": "RedeliverAliaslive"}
        variables = self.app["Resources"]["SendMessage"]["Properties"]["Environment"]["Variables"]
        self.assertEqual(variables["REDELIVER_FUNCTION"], alias)
        self.assertIn("DATABASE_URL", variables)
        (statement,) = self.app["Resources"]["WakeRedeliver"]["Properties"]["PolicyDocument"]["Statement"]
        self.assertEqual(statement["Resource"], alias)

    def test_a_release_moves_by_canary_and_has_a_brake(self):
        preference = self.app["Globals"]["Function"]["DeploymentPreference"]
        alarms = [alarm["Ref"] for alarm in preference["Alarms"]]
        self.assertGreaterEqual(len(alarms), 3)
        for alarm in alarms:
            self.assertEqual(self.app["Resources"][alarm]["Type"], "AWS::CloudWatch::Alarm")

    def test_every_reference_of_every_template_has_its_target(self):
        for key, path in template.STACKS.items():
            body = self.app if key == "app" else template.load(path)
            known = set(body["Resources"]) | set(body.get("Parameters", {}))
            # SAM names these after the function.
            known |= {f"{logical_id}{made}" for logical_id in self.functions for made in ("Aliaslive", "Role")}
            for name, _ in template.references(
                [body["Resources"], body.get("Outputs", {}), body.get("Conditions", {})]
            ):
                self.assertIn(name, known, f"{path.name} refers to {name}")

    def test_another_migration_changes_the_fingerprint_and_nothing_else_does(self):
        self.assertEqual(release.migrations_fingerprint(), release.migrations_fingerprint())
        before, release.MIGRATIONS = release.MIGRATIONS, template.ROOT / "infra"
        try:
            other = release.migrations_fingerprint()
        finally:
            release.MIGRATIONS = before
        self.assertNotEqual(other, release.migrations_fingerprint())

    def test_a_list_replaces_a_list_and_a_map_is_joined(self):
        below = {"a": {"b": 1, "c": [1, 2]}, "d": {"Ref": "X"}}
        above = {"a": {"c": [3]}, "d": {"Ref": "Y"}}
        self.assertEqual(release.lay_over(below, above), {"a": {"b": 1, "c": [3]}, "d": {"Ref": "Y"}})
