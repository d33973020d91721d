"""How the commands fail: with one line that says what is wrong and, where it helps, what to do."""

import sys


class Failure(Exception):
    """One line for a person."""


def say(line=""):
    """Progress, at once also through a pipe."""
    print(line, flush=True)


def run(command):
    """Runs a command's function; its failure is a line and status 1."""
    try:
        return command() or 0
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted; CloudFormation goes on with what it has begun", file=sys.stderr)
        return 130
