"""`grader check`: the public tests on a student's own code, on their own machine.

Owns the verb's flags; the check is `grader.suite.home_check`'s.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def check(
    path: Annotated[Path, typer.Argument(help="Your folder.")] = Path(),
    tests: Annotated[
        Path | None, typer.Option(help="Where public_tests/ is, if not there.")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", "-t", help="Only this task; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Run the public tests on your own code, on your own machine.

    Exit: 0 if all pass and no rule costs points, else 1; 3 if your machine could not run them.
    """
    from grader.suite import home_check

    folder = (tests or path).resolve()
    if as_json:
        sys.exit(_printed(path.resolve(), folder, task or []))
    sys.exit(home_check.check(path.resolve(), folder, task or []))


def _printed(path: Path, folder: Path, tasks: list[str]) -> int:
    from grader.client import check_result
    from grader.suite import home_check

    ended = home_check.outcomes(path, folder, tasks)
    done = check_result.of(ended)
    typer.echo(json.dumps(check_result.as_json(done), indent=2))
    return int(not done.passed or bool(ended.absent) or ended.is_costly)
