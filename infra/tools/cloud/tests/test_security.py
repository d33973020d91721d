"""What docs/SECURITY.md says of the stacks and cannot be tried without AWS, held to their templates."""

import unittest

import stage
import template

STACKS = {name: template.load(path) for name, path in template.STACKS.items()}


def of_type(kind, *stacks):
    """(logical id, properties) of every resource of a type, in some stacks or in all."""
    for stack in stacks or STACKS:
        for name, resource in STACKS[stack]["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties", {})


def settings_of(name, stack):
    """What a committed stage says of one stack."""
    return stage.load(name).settings[stack]


def actions_of(statement):
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


class LogInTest(unittest.TestCase):
    pool = next(of_type("AWS::Cognito::UserPool"))[1]
    risks = next(of_type("AWS::Cognito::UserPoolRiskConfigurationAttachment"))[1]
    clients = {name: client for name, client in of_type("AWS::Cognito::UserPoolClient")}

    def test_passwords_are_long_and_of_any_letters(self):
        policy = self.pool["Policies"]["PasswordPolicy"]
        self.assertGreaterEqual(policy["MinimumLength"], 12)
        for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols"):
            self.assertIs(policy[f"Require{kind}"], False)

    def test_a_first_password_is_good_for_days_only(self):
        self.assertLessEqual(self.pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"], 3)

    def test_a_second_factor_is_an_authenticator_app_and_never_a_phone_number(self):
        self.assertEqual(self.pool["EnabledMfas"], ["SOFTWARE_TOKEN_MFA"])
        self.assertNotIn("SmsConfiguration", self.pool)
        self.assertEqual(STACKS["identity"]["Parameters"]["Mfa"]["AllowedValues"], ["ON", "OPTIONAL"])

    def test_everyone_needs_a_second_factor_unless_a_stage_says_otherwise(self):
        self.assertEqual(STACKS["identity"]["Parameters"]["Mfa"]["Default"], "ON")
        self.assertEqual(self.pool["MfaConfiguration"], {"Ref": "Mfa"})
        self.assertEqual(settings_of("prod", "identity")["Mfa"], "ON")

    def test_strange_log_ins_are_refused_unless_a_stage_says_otherwise(self):
        self.assertEqual(STACKS["identity"]["Parameters"]["ThreatProtection"]["Default"], "true")
        self.assertIn("ENFORCED", str(self.pool["UserPoolAddOns"]))
        actions = self.risks["AccountTakeoverRiskConfiguration"]["Actions"]
        self.assertEqual(actions["HighAction"]["EventAction"], "MFA_REQUIRED")
        self.assertNotIn("NO_ACTION", str(actions))

    def test_leaked_passwords_are_refused_where_they_are_chosen_unless_a_stage_says_otherwise(self):
        leaked = self.risks["CompromisedCredentialsRiskConfiguration"]
        self.assertLessEqual({"SIGN_UP", "PASSWORD_CHANGE"}, set(leaked["EventFilter"]))
        self.assertEqual(leaked["Actions"], {"EventAction": "BLOCK"})
        self.assertEqual(self.risks["ClientId"], "ALL")
        self.assertEqual(settings_of("prod", "identity")["ThreatProtection"], "true")

    def test_an_address_counts_once_it_is_verified(self):
        settings = self.pool["UserAttributeUpdateSettings"]
        self.assertEqual(settings["AttributesRequireVerificationBeforeUpdate"], ["email"])

    def test_a_failed_log_in_does_not_tell_who_there_is(self):
        for name, client in self.clients.items():
            self.assertEqual(client["PreventUserExistenceErrors"], "ENABLED", name)

    def test_an_app_has_no_secret_and_never_sends_a_password(self):
        for name in ("IosClient", "AndroidClient", "WebClient"):
            client = self.clients[name]
            self.assertFalse(client["GenerateSecret"], name)
            flows = client["ExplicitAuthFlows"]
            self.assertEqual(sorted(flows), ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"], name)
            self.assertIn(["code"], client["AllowedOAuthFlows"]["Fn::If"], name)
            self.assertIn(["openid", "email"], client["AllowedOAuthScopes"]["Fn::If"], name)

    def test_tokens_end_soon_and_can_be_revoked(self):
        for name in ("IosClient", "AndroidClient", "WebClient"):
            client = self.clients[name]
            self.assertTrue(client["EnableTokenRevocation"], name)
            self.assertEqual((client["IdTokenValidity"], client["TokenValidityUnits"]["IdToken"]), (60, "minutes"))
            self.assertLessEqual(client["RefreshTokenValidity"], 30)
            self.assertEqual(client["TokenValidityUnits"]["RefreshToken"], "days")

    def test_nobody_makes_accounts_but_an_administrator_unless_a_stage_says_otherwise(self):
        self.assertEqual(STACKS["identity"]["Parameters"]["SelfSignUp"]["Default"], "false")
        self.assertEqual(STACKS["identity"]["Parameters"]["OperatorClient"]["Default"], "false")


class DoorsTest(unittest.TestCase):
    def test_every_route_asks_for_a_token(self):
        api = next(of_type("AWS::Serverless::HttpApi"))[1]
        self.assertEqual(api["Auth"]["DefaultAuthorizer"], "UserPool")
        audience = api["Auth"]["Authorizers"]["UserPool"]["JwtConfiguration"]["audience"]
        self.assertEqual(audience, {"Ref": "UserPoolClientIds"})
        for name, function in of_type("AWS::Serverless::Function"):
            for event in function.get("Events", {}).values():
                if event["Type"] == "HttpApi":
                    self.assertNotIn("Auth", event["Properties"], name)
                    self.assertIn(event["Properties"]["Method"], ["GET", "POST", "PUT", "PATCH", "DELETE"])

    def test_both_apis_and_each_address_are_limited(self):
        for kind in ("AWS::Serverless::HttpApi", "AWS::Serverless::WebSocketApi"):
            settings = next(of_type(kind))[1]["DefaultRouteSettings"]
            self.assertGreater(settings["ThrottlingRateLimit"], 0)
        rules = next(of_type("AWS::WAFv2::WebACL"))[1]["Rules"]
        self.assertTrue(any("RateBasedStatement" in rule["Statement"] for rule in rules))

    def test_nothing_speaks_less_than_tls_1_2(self):
        for name, domain in of_type("AWS::ApiGatewayV2::DomainName"):
            self.assertEqual(domain["DomainNameConfigurations"][0]["SecurityPolicy"], "TLS_1_2", name)
        distribution = next(of_type("AWS::CloudFront::Distribution"))[1]["DistributionConfig"]
        self.assertEqual(distribution["ViewerCertificate"]["MinimumProtocolVersion"], "TLSv1.2_2021")
        # Whoever asks without TLS is told nothing, and is not led on to where it would have been.
        self.assertEqual(distribution["DefaultCacheBehavior"]["ViewerProtocolPolicy"], "https-only")
        self.assertEqual(distribution["Origins"][0]["CustomOriginConfig"]["OriginProtocolPolicy"], "https-only")
        settings = next(of_type("AWS::RDS::DBClusterParameterGroup"))[1]["Parameters"]
        self.assertEqual(settings["rds.force_ssl"], "1")
        self.assertIs(next(of_type("AWS::RDS::DBProxy"))[1]["RequireTLS"], True)

    def test_no_cache_keeps_an_answer(self):
        behavior = next(of_type("AWS::CloudFront::Distribution"))[1]["DistributionConfig"]["DefaultCacheBehavior"]
        # AWS's own policy CachingDisabled.
        self.assertEqual(behavior["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")

    def test_nothing_is_public_and_no_bucket_speaks_without_tls(self):
        denied = {
            str(policy["Bucket"]["Ref"])
            for _, policy in of_type("AWS::S3::BucketPolicy", "app")
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny" and "aws:SecureTransport" in str(statement.get("Condition"))
        }
        for name, bucket in of_type("AWS::S3::Bucket"):
            self.assertEqual(set(bucket["PublicAccessBlockConfiguration"].values()), {True}, name)
        self.assertEqual(denied, {name for name, _ in of_type("AWS::S3::Bucket", "app")})
        for name, instance in of_type("AWS::RDS::DBInstance"):
            self.assertIs(instance["PubliclyAccessible"], False, name)

    def test_functions_reach_three_ports_and_the_databases_nothing(self):
        ports = {
            rule["ToPort"]
            for _, group in of_type("AWS::EC2::SecurityGroup", "network")
            for rule in group["SecurityGroupEgress"]
            if rule.get("Description") != "Nowhere"
        }
        self.assertLessEqual(ports, {443, 5432, 3306})
        database = dict(of_type("AWS::EC2::SecurityGroup", "data"))["DatabaseSecurityGroup"]
        self.assertEqual([rule["CidrIp"] for rule in database["SecurityGroupEgress"]], ["127.0.0.1/32"])


    def test_what_is_not_listed_has_no_address(self):
        lists = {name: names["Domains"] for name, names in of_type("AWS::Route53Resolver::FirewallDomainList")}
        group = next(of_type("AWS::Route53Resolver::FirewallRuleGroup"))[1]
        rules = sorted(group["FirewallRules"], key=lambda rule: rule["Priority"])
        decisions = [(rule["Action"], lists[rule["FirewallDomainListId"]["Ref"]]) for rule in rules]
        ours = [{"Fn::Sub": "*.${AWS::URLSuffix}"}, "api.onesignal.com"]
        self.assertEqual(decisions, [("ALLOW", ours), ("ALLOW", {"Ref": "AllowedNames"}), ("BLOCK", ["*"])])
        association = next(of_type("AWS::Route53Resolver::FirewallRuleGroupAssociation"))[1]
        self.assertEqual(association["VpcId"], {"Ref": "Vpc"})
        self.assertTrue(settings_of("prod", "network")["AllowedNames"])

    def test_a_page_connects_and_calls_from_the_same_origins(self):
        variables = dict(of_type("AWS::Serverless::Function"))["WsAuthorize"]["Environment"]["Variables"]
        self.assertEqual(variables["ALLOWED_ORIGINS"], {"Fn::Join": [",", {"Ref": "AllowedOrigins"}]})
        cors = next(of_type("AWS::Serverless::HttpApi"))[1]["CorsConfiguration"]
        self.assertEqual(cors["AllowOrigins"], {"Ref": "AllowedOrigins"})
        self.assertNotIn("*", settings_of("prod", "app")["AllowedOrigins"])


class DataTest(unittest.TestCase):
    def test_what_is_stored_is_encrypted(self):
        for name, bucket in of_type("AWS::S3::Bucket"):
            self.assertIn("BucketEncryption", bucket, name)
        cluster = next(of_type("AWS::RDS::DBCluster"))[1]
        self.assertIs(cluster["StorageEncrypted"], True)
        self.assertIs(cluster["ManageMasterUserPassword"], True)
        self.assertIs(next(of_type("AWS::KMS::Key"))[1]["EnableKeyRotation"], True)

    def test_the_databases_log_has_nobodys_words(self):
        settings = next(of_type("AWS::RDS::DBClusterParameterGroup"))[1]["Parameters"]
        self.assertEqual(settings["log_statement"], "none")
        self.assertEqual(settings["log_min_error_statement"], "panic")
        self.assertEqual(settings["log_parameter_max_length"], "0")
        self.assertEqual(settings["log_parameter_max_length_on_error"], "0")
        self.assertIs(next(of_type("AWS::RDS::DBProxy"))[1]["DebugLogging"], False)

    def test_the_gateways_log_has_no_query_header_or_address_of_mail(self):
        log = next(of_type("AWS::Serverless::HttpApi"))[1]["AccessLogSettings"]["Format"]
        for secret in ("path", "query", "header", "email", "authorizer.claims.cognito"):
            self.assertNotIn(secret, log)

    def test_a_function_adds_to_its_log_and_takes_nothing_away(self):
        boundary = dict(of_type("AWS::IAM::ManagedPolicy", "app"))["FunctionBoundary"]
        actions = [action for part in boundary["PolicyDocument"]["Statement"] for action in actions_of(part)]
        of_logs = sorted(action for action in actions if action.startswith("logs:"))
        self.assertEqual(of_logs, ["logs:CreateLogStream", "logs:PutLogEvents"])
        self.assertFalse([action for action in actions if action in ("*", "logs:*")])
        for name, log in of_type("AWS::Logs::LogGroup", "app"):
            self.assertEqual(log["RetentionInDays"], {"Ref": "LogRetentionDays"}, name)
        for name, function in of_type("AWS::Serverless::Function"):
            self.assertNotIn("LoggingConfig", function, name)


if __name__ == "__main__":
    unittest.main()
