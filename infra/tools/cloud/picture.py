"""The pictures of what deploys (Mermaid, in docs/OPERATIONS.md), made from the templates."""

import collections

import plan as plans
import release
import stage as stages
import template
from failure import Failure, say

DOCUMENT = template.ROOT / "docs" / "OPERATIONS.md"
BEGIN = "<!-- The picture is made from the templates: make picture -->\n"
END = "<!-- End of the picture -->\n"
# What a function's variable or policy lets it reach.
REACHES = {
    "DATABASE_URL": "postgres",
    "JARVIS_URL": "jarvis",
    "ONESIGNAL_URL": "onesignal",
    "PostFrames": "connections",
    "CloseConnections": "connections",
    "ReadImages": "images",
    "WriteImages": "images",
    "KeepImages": "images",
    "WakeRedeliver": "redeliver",
}
PLACES = {
    "postgres": "[(PostgreSQL)]",
    "jarvis": '[("Jarvis (MySQL), read only")]',
    "images": '[("images (S3)")]',
    "connections": "([open WebSockets])",
    "onesignal": "([OneSignal])",
}


def picture(check):
    """Writes the pictures into the document, or checks that they are there as they should be."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or not after:
        raise Failure(f"{DOCUMENT.name} has no place for the picture ({BEGIN.strip()})")
    drawn = "\n".join(f"```mermaid\n{drawing}```\n" for drawing in (draw_stacks(), draw_functions()))
    current = f"{before}{BEGIN}{drawn}{END}{after}"
    if check and current != text:
        raise Failure("the pictures in docs/OPERATIONS.md are not what the templates say: make picture")
    if not check:
        DOCUMENT.write_text(current)
        say("docs/OPERATIONS.md has the current pictures")


def draw_functions():
    """What calls which functions, and what these reach."""
    app = release.merged()
    lines = [
        "flowchart LR",
        "  http{{HTTP API}}",
        "  websocket{{WebSocket API}}",
        "  clock{{schedule}}",
        "  deployment{{deployment}}",
    ]
    for (caller, reached), binaries in groups(app).items():
        # It is woken, so it needs a name of its own.
        name = "redeliver" if "redeliver" in binaries else "_".join(binaries).replace("-", "_")
        lines.append(f"  {caller} --> {name}[{'<br>'.join(binaries)}]")
        lines += [f"  {name} --> {place}" for place in reached]
    lines += [f"  {place}{shape}" for place, shape in PLACES.items()]
    return "\n".join(lines) + "\n"


def draw_stacks():
    """What each stack makes, and which outputs are whose parameters, in the stage that has all stacks."""
    lines = ["flowchart LR"]
    fed = collections.defaultdict(set)
    fed[("artifacts", "app")].add("zips")
    for stack in plans.plan(stages.load("prod")):
        kinds = collections.Counter(resource["Type"].split("::")[1] for resource in plans.existing(stack).values())
        lines.append(
            f'  {stack.key}["<b>{stack.key}</b><br>{"<br>".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))}"]'
        )
        for name, value in stack.parameters.items():
            if isinstance(value, plans.Output):
                fed[(value.stack, stack.key)].add(name)
    lines += [f"  {source} -- {'<br>'.join(sorted(names))} --> {target}" for (source, target), names in fed.items()]
    return "\n".join(lines) + "\n"


def groups(app):
    """(what calls, what is reached) → the functions for which that is so."""
    found = collections.defaultdict(list)
    for logical_id, (binary, resource) in template.functions(app).items():
        found[(_caller(app, logical_id, resource), _reached(resource))].append(binary)
    return found


def _caller(app, logical_id, resource):
    kinds = {event["Type"] for event in resource["Properties"].get("Events", {}).values()}
    if "HttpApi" in kinds:
        return "http"
    if "Schedule" in kinds:
        return "clock"
    called = [name for name, _ in template.references(app["Resources"]["WebSocketApi"])]
    return "websocket" if f"{logical_id}Aliaslive" in called else "deployment"


def _reached(resource):
    properties = resource["Properties"]
    names = [
        *properties.get("Environment", {}).get("Variables", {}),
        *(name for name, _ in template.references(properties.get("Policies", []))),
    ]
    places = {REACHES[name] for name in names if name in REACHES}
    return tuple(sorted(places))
