"""The table of bounds in docs/OPERATIONS.md says what the templates say."""

import unittest

import plan
import release
import stage
import template

PAGES = template.ROOT / "docs" / "OPERATIONS.md"
# What AWS leaves to everything else in an account.
UNRESERVED = 100


def rows():
    """Function → the other cells of its row."""
    chapter = PAGES.read_text().split("\n## Bounds\n")[1].split("\n## ")[0]
    lines = [line for line in chapter.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


def reserved(resource, values):
    """A function's environments, with these parameters."""
    value = resource["Properties"]["ReservedConcurrentExecutions"]
    return int(values[value["Ref"]] if isinstance(value, dict) else value)


def total(name):
    """All that a stage reserves, the function that runs migrate included."""
    app = next(stack for stack in plan.plan(stage.load(name)) if stack.key == "app")
    return 1 + sum(reserved(resource, app.parameters) for _, resource in template.functions(app.template).values())


class BoundsTest(unittest.TestCase):
    def setUp(self):
        self.app = release.merged()
        self.defaults = {name: parameter.get("Default") for name, parameter in self.app["Parameters"].items()}
        self.rows = rows()

    def test_the_table_has_every_function_with_its_environments_and_connections(self):
        functions = template.functions(self.app)
        self.assertEqual(set(self.rows) - {"together"}, {binary for binary, _ in functions.values()})
        for binary, resource in functions.values():
            environments = reserved(resource, self.defaults)
            variables = resource["Properties"].get("Environment", {}).get("Variables", {})
            value = resource["Properties"]["ReservedConcurrentExecutions"]
            expected = [
                str(environments),
                str(environments if "DATABASE_URL" in variables else 0),
                str(environments if "JARVIS_URL" in variables else 0),
                value["Ref"] if isinstance(value, dict) else "",
            ]
            self.assertEqual(self.rows[binary][:4], expected, binary)
            self.assertTrue(self.rows[binary][4], f"{binary}: what happens at the bound?")

    def test_the_sums_are_right_and_named_in_the_text(self):
        rest = [cells for function, cells in self.rows.items() if function != "together"]
        sums = [str(sum(int(cells[column]) for cells in rest)) for column in range(3)]
        self.assertEqual(self.rows["together"][:3], sums)
        text = PAGES.read_text()
        for words in (
            f"{sums[0]} environments and the deployment's own one",
            f"all {sums[1]}",
            f"least {sums[2]} connections",
            # And what to ask AWS for, before all else: with the deployment's own function.
            f"`prod` reserves {total('prod')}, `dev` {total('dev')}, and",
            f"(`dev` has {total('dev')})",
        ):
            self.assertIn(words, " ".join(text.split()))

    def test_every_stage_fits_its_account(self):
        for file in stage.STAGES.glob("*.toml"):
            stacks = {stack.key: stack for stack in plan.plan(stage.load(file.stem))}
            self.assertLessEqual(total(file.stem) + UNRESERVED, int(stacks["watch"].parameters["AccountConcurrency"]), file.name)
