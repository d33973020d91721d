"""`make destroy`: a stage's stacks, last first. Data stay unless they are asked for too."""

import emulator
import plan as plans
import stage as stages
from aws import Aws, outputs_of
from deploy import confirm
from failure import say

# What holds data, and what these stand on. The images' bucket and the logs outlive their stack anyway.
DATA = ("identity", "data", "network", "artifacts")


def destroy(name, data, yes):
    """Deletes the stage's stacks; with `data`, those that hold data too, after a last snapshot."""
    stage = stages.load(name)
    aws = Aws(stage.region)
    account = aws.account()
    found = {stack.name: Aws(stack.region).stack(stack.name) for stack in reversed(plans.plan(stage))}
    stacks = [stack for stack in reversed(plans.plan(stage)) if found[stack.name]]
    going = [stack for stack in stacks if data or stack.key not in DATA]
    staying = [stack.name for stack in stacks if stack not in going]
    if not going:
        say(f"{stage.name}: nothing to delete" + (f"; {', '.join(staying)} stay (DATA=delete)" if staying else ""))
        return
    say(f"Deletes {', '.join(stack.name for stack in going)} in account {account}, region {stage.region}.")
    say(
        "Stays: "
        + ", ".join(staying or ["the user pool, the database's key and a last snapshot"])
        + ", the images' bucket and the logs"
    )
    confirm("Delete?", yes)
    for stack in going:
        say(f"\n{stack.name}")
        aws = Aws(stack.region)
        _prepare(aws, stack.key, outputs_of(found[stack.name]))
        aws("cloudformation", "delete-stack", "--stack-name", stack.name)
        aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", stack.name)
        say("  deleted")


def _prepare(aws, key, outputs):
    """Takes away what keeps a stack from being deleted."""
    if key == "data":
        cluster = ("--db-cluster-identifier", outputs["DatabaseClusterId"])
        if aws.find("rds", "describe-db-clusters", *cluster):
            aws("rds", "modify-db-cluster", *cluster, "--no-deletion-protection", "--apply-immediately")
    if key == "artifacts":
        aws("s3", "rm", f"s3://{outputs['ArtifactsBucket']}", "--recursive", "--only-show-errors")
    if key == "network" and emulator.is_endpoint():
        emulator.delete_route_tables(aws, outputs["VpcId"])
