"""A stage's file says what is wrong with it in one line, before anything reaches AWS."""

import unittest

import plan
import stage
from failure import Failure

HEAD = 'region = "eu-central-1"\nname = "chat-test"\n'
APP = """[app]
jarvis_url = "mysql://chat_service@jarvis/jarvis"
one_signal_app_id = "app"
one_signal_api_key_secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key"
"""


def planned(text):
    return {stack.key: stack for stack in plan.plan(stage.parse("test.toml", HEAD + text))}


class StageTest(unittest.TestCase):
    def failure(self, text):
        with self.assertRaises(Failure) as caught:
            planned(text)
        line = str(caught.exception)
        self.assertNotIn("\n", line)
        return line

    def test_a_setting_that_no_template_has_is_named_with_those_there_are(self):
        self.assertRegex(self.failure("[network]\nzonez = 2\n"), r"\[network\] has no setting zonez .*zones")

    def test_a_stack_that_does_not_exist_is_named(self):
        self.assertIn("netwrk is neither a setting nor a stack", self.failure("[netwrk]\nzones = 2\n"))

    def test_every_missing_value_is_named_at_once_with_its_description(self):
        line = self.failure("")
        self.assertIn("[app] jarvis_url is missing: mysql:// URL", line)
        self.assertIn("[app] one_signal_app_id is missing", line)

    def test_a_url_with_a_password_is_refused_and_so_is_one_that_cloudformation_would_look_up(self):
        for url in (
            "mysql://chat_service:canary@jarvis/jarvis",
            "mysql://chat_service:@jarvis/jarvis",
            "{{resolve:secretsmanager:canary:SecretString:url}}",
        ):
            line = self.failure(APP.replace("mysql://chat_service@jarvis/jarvis", url))
            self.assertIn("[app] jarvis_url must match", line)
            self.assertNotIn("canary", line)

    def test_a_value_out_of_range_is_refused(self):
        self.assertIn("zones must be one of 2, 3, not 5", self.failure(APP + "[network]\nzones = 5\n"))
        self.assertIn("backup_days must be from 1 to 35, not 90", self.failure(APP + "[data]\nbackup_days = 90\n"))

    def test_a_given_stack_is_not_made_and_feeds_the_others(self):
        given = (
            '[network]\ngiven = { vpc_id = "vpc-1", vpc_subnet_ids = ["a", "b"], vpc_security_group_ids = ["sg"] }\n'
        )
        stacks = planned(given + APP)
        self.assertNotIn("network", stacks)
        self.assertEqual(stacks["app"].parameters["VpcSubnetIds"], "a,b")
        self.assertEqual(stacks["data"].parameters["VpcId"], "vpc-1")

    def test_nothing_else_may_be_set_where_a_stack_is_given(self):
        self.assertIn("has `given`", self.failure('[network]\ngiven = { vpc_id = "v" }\nzones = 2\n'))

    def test_a_database_that_functions_could_not_look_up_is_named(self):
        names = '[network]\nallowed_names = ["{}"]\n'
        self.assertIn("[network] allowed_names lacks jarvis, where", self.failure(APP + names.format("*.jarvis")))
        for url, allowed in (("jarvis", "jarvis"), ("a.jarvis.test", "*.jarvis.test"), ("10.0.0.7", "other.test")):
            planned(APP.replace("@jarvis/", f"@{url}/") + names.format(allowed))

    def test_edge_is_made_only_where_it_is_asked_for(self):
        self.assertNotIn("edge", planned(APP))
        edge = '[edge]\napi_domain = "a"\nweb_socket_domain = "b"\ncertificate_arn = "arn:aws:acm:r:1:certificate/c"\n'
        self.assertIn("edge", planned(APP + edge))


class CommittedStagesTest(unittest.TestCase):
    def test_every_stage_has_a_value_for_every_parameter(self):
        for file in stage.STAGES.glob("*.toml"):
            for stack in plan.plan(stage.load(file.stem)):
                self.assertEqual(set(stack.parameters), set(stack.template.get("Parameters", {})), stack.name)

    def test_a_parameter_that_a_stack_feeds_is_not_left_to_its_default(self):
        stacks = planned(APP)
        for name in ("DatabaseUrl", "DatabaseResourceId", "UserPoolId", "VpcSubnetIds"):
            self.assertIsInstance(stacks["app"].parameters[name], plan.Output, name)
        for name in ("HttpApiId", "DatabaseClusterId", "FunctionLogName"):
            self.assertIsInstance(stacks["watch"].parameters[name], plan.Output, name)
