"""Rights that no stack of a test run can use are held to the template here."""

import unittest

import template

APP = template.load(template.STACKS["app"])
POLICIES = {
    name: resource["Properties"]["PolicyDocument"]["Statement"]
    for name, resource in APP["Resources"].items()
    if resource["Type"] == "AWS::IAM::ManagedPolicy"
}


def resources(policy, action):
    """What a policy allows an action on, in one text."""
    return str([statement["Resource"] for statement in POLICIES[policy] if action in statement["Action"]])


class RightsTest(unittest.TestCase):
    def test_whoever_reads_a_secret_may_decrypt_it_and_nothing_else(self):
        readers = [name for name in POLICIES if resources(name, "secretsmanager:GetSecretValue") != "[]"]
        self.assertEqual(
            sorted(readers),
            ["ConnectDatabase", "ConnectDatabaseAsOwner", "ConnectJarvis", "FunctionBoundary", "ReadPushKey"],
        )
        # redeliver, which alone has it, may decrypt by what it needs for its databases.
        readers.remove("ReadPushKey")
        for name in readers:
            self.assertIn("SecretsKeyArn", resources(name, "kms:Decrypt"), name)
            self.assertNotIn("'*'", resources(name, "kms:Decrypt"), name)

    def test_each_policy_names_its_own_secret_and_user(self):
        for name, secret, user in (
            ("ConnectDatabase", "DatabaseSecretArn", "${DatabaseResourceId}/chat_service"),
            ("ConnectDatabaseAsOwner", "DatabaseOwnerSecretArn", "${DatabaseOwnerResourceId}/chat_owner"),
            ("ConnectJarvis", "JarvisSecretArn", "${JarvisResourceId}/${JarvisUser}"),
        ):
            for policy in (name, "FunctionBoundary"):
                self.assertIn(secret, resources(policy, "secretsmanager:GetSecretValue"))
                self.assertIn(user, resources(policy, "rds-db:connect"))
            self.assertNotIn("OneSignal", resources(name, "secretsmanager:GetSecretValue"))

    def test_no_function_is_told_a_password(self):
        for parameter in ("DatabaseUrl", "DatabaseOwnerUrl", "JarvisUrl"):
            self.assertIn("[^:@/?]+@", APP["Parameters"][parameter]["AllowedPattern"])


if __name__ == "__main__":
    unittest.main()
