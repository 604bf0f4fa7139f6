"""The last check of a suite: which mutant fails which tests.

Owns this page's route and reading `quality.json` beside the suite, which
`grader suite check SLUG --json` writes. The check itself is `grader.authoring.suite_check`'s.
"""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader import errors
from grader.assignment import manifest as assignments
from grader.http import dependencies
from grader.web import rendering

FILE: Final = "quality.json"

router = rendering.router_for_markers()


@dataclass(frozen=True, slots=True)
class MutantRow:
    """One mutant: the columns of the tests that fail on it."""

    mutant: str
    killed: int
    cells: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """A stored check.

    Attributes:
        stale: the suite has changed since; None when the check does not say of which it was.
        tests: columns: those that fail on at least one mutant, most killing first.
        kills: of each column, how many mutants fail it.
    """

    checked_at: datetime.datetime
    stale: bool | None
    reference: str
    template: str
    named: dict[str, Any]
    generated: dict[str, Any]
    never_failing: tuple[str, ...]
    passing_on_template: tuple[str, ...]
    tests: tuple[str, ...]
    kills: tuple[int, ...]
    rows: tuple[MutantRow, ...]


@router.get("/assignments/{slug}/quality")
def quality_page(slug: str, request: Request, services: dependencies.Services) -> HTMLResponse:
    """What the last check of the suite found: mutants by tests."""
    assignment = services.course.load(slug)
    return rendering.render(
        request,
        "quality.html",
        section="quality",
        assignment=assignment.manifest,
        check=read(assignment),
    )


def read(assignment: assignments.Assignment) -> StoredCheck | None:
    """The stored check of a suite; None when there is none.

    Raises:
        SuiteError: the file is not what the check writes.
    """
    path = assignment.suite_dir / FILE
    try:
        return _stored(json.loads(path.read_bytes()), path, assignment)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise errors.SuiteError(f"{path}: not a check's result ({exc}); check it again.") from exc


def _stored(data: dict[str, Any], path: Path, assignment: assignments.Assignment) -> StoredCheck:
    matrix: dict[str, list[str]] = data["matrix"]
    counts: dict[str, int] = {}
    for failed in matrix.values():
        for test in failed:
            counts[test] = counts.get(test, 0) + 1
    tests = tuple(sorted(counts, key=lambda test: (-counts[test], test)))
    version = data.get("suite_version")
    return StoredCheck(
        checked_at=datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC),
        stale=None if version is None else version != assignment.suite_version(),
        reference=_points(data["reference"]),
        template=_points(data["template"]),
        named=data["mutants"]["named"],
        generated=data["mutants"]["generated"],
        never_failing=tuple(data["tests_never_failing"]),
        passing_on_template=tuple(data["tests_passing_on_template"]),
        tests=tests,
        kills=tuple(counts[test] for test in tests),
        rows=tuple(_row(mutant, set(failed), tests) for mutant, failed in sorted(matrix.items())),
    )


def _row(mutant: str, failed: set[str], tests: tuple[str, ...]) -> MutantRow:
    return MutantRow(mutant, len(failed), tuple(test in failed for test in tests))


def _points(part: dict[str, float]) -> str:
    return f"{part['score']:g} / {part['max']:g}"
