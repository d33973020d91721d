"""Every command that the documents and the operator's shell give is one that the AWS CLI knows."""

import re
import unittest

import template
from awscli.clidriver import create_clidriver

DOCUMENT = template.ROOT / "docs" / "OPERATIONS.md"
DOCUMENTS = sorted((template.ROOT / "docs").glob("*.md"))
OPERATOR = template.ROOT / "infra" / "tools" / "operator"
# Of every command; the CLI's parser has them at its top.
GLOBAL = {"query", "output", "region"}


def code(text):
    """The blocks and spans of code of a document."""
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def commands(text):
    """(service, operation, options) of each call of the CLI in a shell's text, those within others first."""
    text = re.sub(r"'[^']*'", "", text.replace("\\\n", " "))
    while inner := re.search(r"\$\(([^()]*)\)", text):
        yield from _calls(inner[1])
        text = text.replace(inner[0], "inner")
    yield from _calls(re.sub(r'"[^"]*"', "", text))


def _calls(text):
    for service, operation, rest in re.findall(r"(?<![\w/-])aws ([a-z0-9-]+) ([a-z0-9-]+)([^\n|;&]*)", text):
        yield service, operation, re.findall(r"--([a-z][a-z0-9-]*)", rest)


class CommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = create_clidriver().create_help_command().command_table

    def known_options(self, service, operation):
        self.assertTrue(service in self.services, f"there is no aws {service}")
        operations = self.services[service].create_help_command().command_table
        self.assertTrue(operation in operations, f"there is no aws {service} {operation}")
        # `wait` has its conditions below it: aws rds wait db-instance-available.
        if operation == "wait":
            conditions = operations[operation].create_help_command().command_table.values()
            return set().union(*(condition.arg_table for condition in conditions)) | GLOBAL
        return set(operations[operation].arg_table) | GLOBAL

    def test_every_command_in_the_documents_and_the_operators_shell_exists(self):
        documents = (document.read_text() for document in DOCUMENTS)
        texts = [*(piece for document in documents for piece in code(document)), OPERATOR.read_text()]
        found = [command for text in texts for command in commands(text)]
        self.assertGreater(len(found), 20)
        for service, operation, options in found:
            unknown = set(options) - self.known_options(service, operation)
            self.assertFalse(unknown, f"aws {service} {operation}")

    def test_every_function_of_the_operators_shell_that_is_used_is_there(self):
        functions = set(re.findall(r"^([a-z_]+)\(\) \{", OPERATOR.read_text(), re.MULTILINE))
        for word in ("output", "invoke", "redeliver", "ask", "metric", "statements", "alarms", "gateway", "ask_in"):
            self.assertIn(word, functions)
        for start in re.findall(r"\*\*Look\*\*: `([a-z_]+)[ `]", DOCUMENT.read_text()):
            self.assertIn(start, functions | {"aws"})
