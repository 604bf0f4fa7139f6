"""`grader check`: the public tests on a student's own code, on their own machine.

Owns the verb's flags; running the tests is `grader.suite.local_run`'s.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer


def check(
    path: Annotated[Path, typer.Argument(help="Your folder.")] = Path(),
    tests: Annotated[
        Path | None, typer.Option(help="Where public_tests/ is, if not there.")
    ] = None,
) -> None:
    """Run the public tests on your own code, on your own machine."""
    from grader.suite import local_run

    sys.exit(local_run.check(path.resolve(), (tests or path).resolve()))
