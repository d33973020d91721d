"""The recorded tokens of RDS IAM authentication, which the functions' own are compared with, are botocore's."""

import datetime
import json
import unittest
from pathlib import Path
from unittest import mock

import botocore.session

RECORDED = Path(__file__).parents[4] / "shared" / "src" / "iam" / "tokens.json"


def token(case):
    """The password that botocore makes of a case, at its time."""
    session = botocore.session.Session()
    session.set_credentials(case["access_key_id"], case["secret_access_key"], case["session_token"])
    client = session.create_client("rds", region_name=case["region"])
    now = datetime.datetime.fromtimestamp(case["unix_time"], datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: now):
        return client.generate_db_auth_token(case["host"], case["port"], case["user"])


class TokenTest(unittest.TestCase):
    def test_what_is_recorded_is_what_botocore_makes(self):
        cases = json.loads(RECORDED.read_text())
        self.assertGreater(len(cases), 2)
        for case in cases:
            with self.subTest(user=case["user"]):
                self.assertEqual(token(case), case["token"])


if __name__ == "__main__":
    unittest.main()
