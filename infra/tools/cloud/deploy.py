"""`make deploy`: every stack of a stage, in order; again: nothing, where nothing has changed."""

import contextlib
import hashlib
import json
import pathlib
import sys
import tempfile
import time

import emulator
import plan as plans
import release
import roles
import smoke
import stage as stages
import template
from aws import Aws, Refused, outputs_of
from failure import Failure, say

POLL_SECONDS = 5
PROGRESS_SECONDS = 20
# What CloudFormation takes with a request; more (a megabyte at most) it fetches from S3.
INLINE_BYTES = 51_200
# A stack in these states has nothing, and can only be deleted.
NEVER_WAS = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS")


def deploy(name, zips, yes, tokens=None):
    """Deploys the stage of that name with the zips in a folder; with a file of two people's tokens, plays
    the smoke test afterwards."""
    stage = stages.load(name)
    people = smoke.people(tokens) if tokens else None
    stacks = plans.plan(stage)
    plans.describe(stage, stacks)
    architecture = next(stack for stack in stacks if stack.key == "app").parameters["Architecture"]
    zips = zips_in(pathlib.Path(zips) if zips else template.ROOT / "target" / "lambda-zips" / architecture)
    aws = Aws(stage.region)
    account = aws.account()
    if stage.account and stage.account != account:
        raise Failure(f"the credentials are of account {account}, and {stage.file} is for {stage.account}")
    confirm(f"\nDeploy {stage.name} to account {account}, region {stage.region}?", yes)
    outputs = {key: dict(given) for key, given in stage.given.items()}
    for stack in stacks:
        body = stack.template
        if stack.key == "app":
            bucket = outputs["artifacts"]["ArtifactsBucket"]
            body = release.with_code(body, bucket, upload(aws, bucket, zips))
        outputs[stack.key] = deploy_stack(Aws(stack.region), stack, body, outputs)
        if stack.key == "data":
            roles.create(aws, outputs["data"])
    _report(outputs)
    addresses = {**outputs["app"], **outputs.get("edge", {})}
    if people:
        say("\nThe smoke test:")
        smoke.play({**people, "http_api": addresses["HttpApiUrl"], "ws_api": addresses["WebSocketUrl"]})
    else:
        say("Try it with two people's tokens: make smoke (docs/OPERATIONS.md).")


def zips_in(folder):
    """Binary → zip, of every function of template.yaml."""
    binaries = [binary for binary, _ in template.functions(template.load(template.APP)).values()]
    missing = [binary for binary in binaries if not (folder / f"{binary}.zip").is_file()]
    if missing:
        raise Failure(f"{folder} has no zip of {', '.join(missing)}: run make package")
    return {binary: folder / f"{binary}.zip" for binary in binaries}


def confirm(question, yes):
    """Asks, where someone can answer; otherwise only `--yes` will do."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure("nobody is there to confirm: say YES=1")
    if input(f"{question} [y/N] ").strip().lower() != "y":
        raise Failure("not confirmed; nothing was done")


def upload(aws, bucket, zips):
    """Puts the zips that are not there yet into the bucket; a key has its zip's hash. Binary → key."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for binary, path in zips.items():
            names[binary] = f"{binary}-{hashlib.sha256(path.read_bytes()).hexdigest()[:24]}.zip"
            pathlib.Path(folder, names[binary]).symlink_to(path.resolve())
        say("  uploading the zips that are not there yet")
        aws("s3", "sync", folder, f"s3://{bucket}/functions/", "--size-only", "--only-show-errors")
    return {binary: f"functions/{name}" for binary, name in names.items()}


def deploy_stack(aws, stack, body, outputs):
    """Creates or updates one stack, and waits until CloudFormation is done with it. Its outputs."""
    say(f"\n{stack.name}")
    values = {name: _value(value, outputs) for name, value in stack.parameters.items()}
    if emulator.is_endpoint():
        body = emulator.fit(body, values)
    state = aws.stack(stack.name)
    if state and state["StackStatus"] in NEVER_WAS:
        say("  what an earlier attempt left is removed first")
        aws("cloudformation", "delete-stack", "--stack-name", stack.name)
        aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack.name)
        state = None
    began = time.monotonic()
    try:
        if state and emulator.is_endpoint():
            emulator.refuse_to_change_nothing(aws, stack.name, body, values, state)
        with request(aws, stack, body, values, outputs) as arguments:
            aws("cloudformation", "update-stack" if state else "create-stack", *arguments)
    except Refused as refused:
        if emulator.NO_CHANGES not in str(refused):
            raise
        say("  no changes")
        return outputs_of(state)
    state, before = wait(aws, stack.name), state
    say(f"  {'updated' if before else 'created'} in {time.monotonic() - began:.0f} s")
    return outputs_of(state)


def _value(value, outputs):
    if not isinstance(value, plans.Output):
        return value
    if value.name not in outputs[value.stack]:
        raise Failure(f"the stack {value.stack} has no output {value.name}, which a later one needs")
    return outputs[value.stack][value.name]


@contextlib.contextmanager
def request(aws, stack, body, values, outputs):
    """The arguments of create-stack and update-stack, in files: command lines are no secret."""
    with tempfile.TemporaryDirectory() as folder:
        body_file, values_file = pathlib.Path(folder, "template.json"), pathlib.Path(folder, "parameters.json")
        body_file.write_text(json.dumps(body))
        parameters = [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in values.items()
            if name in body.get("Parameters", {})
        ]
        values_file.write_text(json.dumps(parameters))
        place = ("--template-body", f"file://{body_file}")
        if body_file.stat().st_size > INLINE_BYTES:
            bucket = outputs["artifacts"]["ArtifactsBucket"]
            key = f"templates/{stack.name}-{hashlib.sha256(body_file.read_bytes()).hexdigest()[:24]}.json"
            aws("s3api", "put-object", "--bucket", bucket, "--key", key, "--body", body_file)
            place = ("--template-url", f"https://{bucket}.s3.{aws.region}.amazonaws.com/{key}")
        yield (
            "--stack-name",
            stack.name,
            *place,
            "--parameters",
            f"file://{values_file}",
            "--capabilities",
            "CAPABILITY_IAM",
            "CAPABILITY_AUTO_EXPAND",
            "--tags",
            f"Key=chat-stack,Value={stack.name}",
        )


def wait(aws, name):
    """Waits until CloudFormation is done with a stack, and says every few seconds how far it is.
    The stack as it is then."""
    said = time.monotonic()
    while True:
        stack = aws.stack(name)
        status = stack["StackStatus"]
        if not status.endswith("_IN_PROGRESS"):
            break
        if time.monotonic() - said > PROGRESS_SECONDS:
            said = time.monotonic()
            say(f"  {_progress(aws, name)}")
        time.sleep(POLL_SECONDS)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Failure(f"{name} was not deployed ({status}): {_why(aws, name) or 'see its events'}")
    return stack


def _progress(aws, name):
    found = aws.find("cloudformation", "describe-stack-resources", "--stack-name", name)
    resources = found["StackResources"] if found else []
    done = [resource for resource in resources if resource["ResourceStatus"].endswith("_COMPLETE")]
    busy = [
        resource["LogicalResourceId"] for resource in resources if resource["ResourceStatus"].endswith("_IN_PROGRESS")
    ]
    return f"{len(done)} of {len(resources)} resources" + (f"; now {', '.join(busy[:5])}" if busy else "")


def _why(aws, name):
    """The first thing that failed in the stack's latest attempt: what follows it is only its consequence."""
    found = aws.find("cloudformation", "describe-stack-events", "--stack-name", name, "--max-items", "200")
    reasons = []
    for event in (found or {}).get("StackEvents", []):
        begins = event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        if event.get("PhysicalResourceId") == event.get("StackId") and begins:
            break
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in event.get("ResourceStatusReason", ""):
            reasons.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
    return reasons[-1] if reasons else None


def _report(outputs):
    say("\nDeployed.")
    addresses = {**outputs["app"], **outputs.get("edge", {})}
    for key in ("HttpApiUrl", "WebSocketUrl", "ImageBucketName"):
        say(f"  {key} {addresses.get(key)}")
    for key in ("UserPoolId", "IosClientId", "AndroidClientId", "WebClientId"):
        if outputs["identity"].get(key):
            say(f"  {key} {outputs['identity'][key]}")
