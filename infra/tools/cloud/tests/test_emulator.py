"""The list of what moto lacks is as long as it must be, and no longer."""

import importlib
import unittest

import emulator
import plan
import release
import roles
import stage
import template
from moto.backends import list_of_moto_modules
from moto.cloudformation.parsing import NULL_MODELS, get_model_map


def moto_knows():
    for name in list_of_moto_modules():
        try:
            importlib.import_module(f"moto.{name}.models")
        except ImportError:
            # Parts of moto that need more than its server needs; none of ours.
            continue
    return set(get_model_map()) | set(NULL_MODELS)


def deployed_types():
    types = set()
    for file in stage.STAGES.glob("*.toml"):
        for stack in plan.plan(stage.load(file.stem)):
            body = stack.template
            if stack.key == "app":
                keys = {binary: "key" for binary, _ in template.functions(body).values()}
                values = {name: str(value) for name, value in stack.parameters.items()}
                body = emulator.expand(release.with_code(body, "bucket", keys), values)
            types |= {resource["Type"] for resource in body["Resources"].values()}
    return types


class LacksTest(unittest.TestCase):
    def test_what_moto_lacks_of_what_is_deployed_is_listed_with_its_reason(self):
        lacking = {kind for kind in deployed_types() if kind not in moto_knows()}
        self.assertEqual(lacking, set(emulator.LACKS))
        self.assertTrue(all(emulator.LACKS.values()))


class FitTest(unittest.TestCase):
    BODY = {
        "Parameters": {"Block": {"Type": "String"}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Cluster": {"Type": "AWS::RDS::DBCluster"},
            "Topic": {
                "Type": "AWS::SNS::Topic",
                "DependsOn": "Cluster",
                "Properties": {
                    "DisplayName": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]},
                    "Tags": [{"Fn::If": ["Never", "x", {"Ref": "AWS::NoValue"}]}, {"Fn::Sub": "is ${Cluster}"}],
                    "TopicName": {"Fn::Select": [1, {"Fn::Cidr": [{"Ref": "Block"}, 4, 12]}]},
                },
            },
        },
    }

    def test_references_to_what_is_taken_out_become_texts_of_the_right_shape(self):
        fitted = emulator.fit(self.BODY, {"Block": "10.0.0.0/16"})
        self.assertEqual(list(fitted["Resources"]), ["Topic"])
        topic = fitted["Resources"]["Topic"]
        self.assertNotIn("DependsOn", topic)
        self.assertEqual(topic["Properties"]["DisplayName"], "cluster.example.com")
        self.assertEqual(topic["Properties"]["Tags"], [{"Fn::Sub": "is cluster"}])
        self.assertEqual(topic["Properties"]["TopicName"]["Fn::Select"][1][1], "10.0.16.0/20")


class RolesTest(unittest.TestCase):
    def test_the_statements_of_roles_become_one_without_comments(self):
        one = roles.as_one("-- who\nCREATE ROLE a; -- b\nDO $$ BEGIN NULL; END $$;")
        self.assertEqual(one, "DO $roles$ BEGIN\nCREATE ROLE a; \nDO $$ BEGIN NULL; END $$;\nEND $roles$")

    def test_roles_sql_has_no_quote_in_which_two_hyphens_could_stand(self):
        for line in roles.FILE.read_text().splitlines():
            code = line.split("--")[0]
            self.assertEqual(code.count("'") % 2, 0, line)
