"""Every alarm has its page, every page its alarm, and every metric of ours that is named is emitted."""

import re
import unittest

import release
import template

PAGES = template.ROOT / "docs" / "OPERATIONS.md"
METRICS = template.ROOT / "shared" / "src" / "metrics.rs"
SOURCES = ("shared/src", "functions/*/src")
PARTS = ("**Means**", "**Users**", "**Look**", "**Mend**", "**Over**")
# Not alarms of CloudWatch, but they ring.
OTHERS = {"Budget": "AWS::Budgets::Budget"}


def alarms():
    """Logical id → resource, of every alarm of every stack."""
    found = {}
    for body in (release.merged(), *(template.load(path) for key, path in template.STACKS.items() if key != "app")):
        for logical_id, resource in body["Resources"].items():
            if resource["Type"] == "AWS::CloudWatch::Alarm" or OTHERS.get(logical_id) == resource["Type"]:
                found[logical_id] = resource
    return found


def pages():
    """Title → text of every page in the chapter on alarms."""
    chapter = PAGES.read_text().split("\n## Alarms\n")[1].split("\n## ")[0]
    return dict(part.split("\n", 1) for part in chapter.split("\n### ")[1:])


def emitted():
    """The names of our metrics, from the code's own table of them."""
    names = set(re.findall(r'::(\w+) => "\1"', METRICS.read_text()))
    return names | {"Duration"} if names else None


def named_metrics(resource):
    """The metrics of ours that an alarm or a dashboard names."""
    text = str(resource)
    queried = re.findall(r"\b(?:SUM|COUNT|AVG|MAX|MIN)\((\w+)\) FROM SCHEMA\(Chat\b", text)
    properties = resource.get("Properties", {})
    stated = [properties] + [
        query["MetricStat"]["Metric"] for query in properties.get("Metrics", []) if "MetricStat" in query
    ]
    return set(queried) | {metric["MetricName"] for metric in stated if metric.get("Namespace") == "Chat"}


class AlarmTest(unittest.TestCase):
    def test_every_alarm_has_its_page_and_every_page_its_alarm(self):
        self.assertEqual(set(pages()), set(alarms()))

    def test_a_page_says_what_it_means_what_to_look_at_and_when_it_is_over(self):
        for title, text in pages().items():
            positions = [text.find(part) for part in PARTS]
            self.assertNotIn(-1, positions, title)
            self.assertEqual(positions, sorted(positions), title)

    def test_an_alarm_names_its_page(self):
        for logical_id, resource in alarms().items():
            if logical_id not in OTHERS:
                description = resource["Properties"]["AlarmDescription"]
                self.assertIn(f"docs/OPERATIONS.md#{logical_id.lower()}", description, logical_id)

    def test_every_watching_alarm_tells_someone_when_it_begins_and_when_it_is_over(self):
        for logical_id, resource in template.load(template.STACKS["watch"])["Resources"].items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                for actions in ("AlarmActions", "OKActions"):
                    self.assertEqual(resource["Properties"][actions], [{"Ref": "Topic"}], logical_id)

    def test_every_metric_of_an_alarm_is_emitted(self):
        names = emitted()
        if names is None:
            self.skipTest("shared/src/metrics.rs has no table of names")
        for logical_id, resource in alarms().items():
            self.assertLessEqual(named_metrics(resource), names, logical_id)

    def test_every_emitted_metric_is_on_the_dashboard_and_in_the_document(self):
        names = emitted()
        if names is None:
            self.skipTest("shared/src/metrics.rs has no table of names")
        body = template.load(template.STACKS["watch"])["Resources"]["Dashboard"]["Properties"]["DashboardBody"][
            "Fn::Sub"
        ]
        document = PAGES.read_text().split("\n## Metrics\n")[1]
        for name in names:
            self.assertRegex(body, rf"\b{name}\b")
            self.assertIn(f"`{name}`", document)

    def test_what_a_page_links_to_exists(self):
        text = PAGES.read_text()
        headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        for anchor in re.findall(r"\]\(#([^)]+)\)", text):
            self.assertIn(anchor, anchors)

    def test_what_a_page_looks_for_in_the_log_is_said_there(self):
        files = [file for place in SOURCES for file in template.ROOT.glob(f"{place}/**/*.rs")]
        source = "\n".join(file.read_text() for file in files)
        queries = " ".join(re.findall(r"`ask '([^']+)'", PAGES.read_text()))
        looked_for = re.findall(r"message like /([^/]+)/", queries)
        self.assertGreater(len(looked_for), 3)
        for words in looked_for:
            self.assertTrue(words in source, f"no line of the log says: {words}")

    def test_a_page_names_no_alarm_that_there_is_not(self):
        known = set(alarms()) | (emitted() or set())
        for title, text in pages().items():
            for name in re.findall(r"`([A-Z][a-z]+[A-Z][A-Za-z]+)`", text):
                if emitted() is not None and name not in (
                    "UserPoolClientIds",
                    "AlarmTopicArn",
                    "ConnectCount",
                    "IntegrationError",
                ):
                    self.assertIn(name, known, title)
