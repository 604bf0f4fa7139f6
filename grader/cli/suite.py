"""`grader suite`: begin an assignment, and check that its suite finds mistakes.

Owns flags, exit statuses and what is printed; the work is `grader.authoring`'s.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader import errors, settings
from grader.cli import options

if TYPE_CHECKING:
    from grader.assignment import manifest as assignments


def new(
    slug: options.Slug,
    kind: Annotated[
        str, typer.Option("--from", help="numpy, torch, or notebook (done in a notebook).")
    ] = "numpy",
    course: options.Course = None,
) -> None:
    """Write a small first assignment to start from."""
    from grader.authoring import scaffold

    root = settings.chosen(course_dir=course).course_dir
    if kind not in list(scaffold.Kind):
        raise errors.SuiteError(f"--from {kind}: choose {', '.join(scaffold.Kind)}.")
    for path in scaffold.write(root, slug, scaffold.Kind(kind)):
        typer.echo(path)
    typer.echo(f"Next: grader template build {slug} && grader suite check {slug}")


def import_tests(
    peer: Annotated[str, typer.Argument(help="otter or nbgrader")],
    path: Annotated[Path, typer.Argument(help="Test files, or an instructor's notebooks.")],
    slug: Annotated[str, typer.Option("--into", help="The assignment that gets them.")],
    course: options.Course = None,
) -> None:
    """Import another autograder's tests; what cannot be converted is listed."""
    from grader.assignment import manifest as assignments
    from grader.authoring import import_tests as importing

    if peer not in list(importing.Peer):
        raise errors.SuiteError(f"{peer}: choose otter or nbgrader.")
    assignment = assignments.load(settings.chosen(course_dir=course).course_dir, slug)
    done = importing.take(assignment, importing.Peer(peer), path)
    for written in done.written:
        typer.echo(written)
    for name, why in done.left:
        typer.echo(f"not converted: {name}: {why}", err=True)
    for task, points in done.tasks:
        typer.echo(f"not in assignment.toml: task {task!r}, {points:g} points there", err=True)


def print_manifest() -> None:
    """Print an assignment.toml with every key there is, each with what it means."""
    from grader.assignment import commented_manifest

    typer.echo(commented_manifest.text())


def list_suites(
    course: options.Course = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """List a course's assignments, with points and dates, or what is wrong with a manifest."""
    from grader.assignment import manifest as assignments

    root, found = settings.chosen(course_dir=course).course_dir, []
    for slug in assignments.slugs(root):
        try:
            found.append(_described(assignments.load(root, slug)))
        except errors.SuiteError as exc:
            found.append({"slug": slug, "fault": str(exc)})
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        said = one.get("fault") or (
            f"{one['points']:6g} points  {one['tasks']:3} tasks  {one['test_files']:3} test files  "
            f"due {one['due'] or 'never'}  {one['title']}"
        )
        typer.echo(f"{one['slug']:20} {said}")


def _described(assignment: "assignments.Assignment") -> dict[str, Any]:
    manifest, due = assignment.manifest, assignment.manifest.schedule.due
    tests = [
        p for name in ("public", "hidden") for p in (assignment.suite_dir / name).rglob("*.py")
    ]
    return {
        "slug": manifest.slug,
        "title": manifest.title,
        "points": manifest.total_points,
        "tasks": len(manifest.task),
        "test_files": sum(path.name.startswith("test_") for path in tests),
        "due": due.isoformat() if due else None,
    }


def check(
    slug: options.Slug,
    course: options.Course = None,
    named: Annotated[
        int,
        typer.Option(
            min=0,
            help="At most this many named mutants with a fair price, and as many without, spread "
            "evenly; 0: all.",
        ),
    ] = 0,
    generated: Annotated[
        str, typer.Option(help="How many machine-made mutants to try as well, or `all`.")
    ] = "0",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.")
    ] = None,
) -> None:
    """Reference passes, starters earn nothing, every mutant dies and costs what is fair: else 1."""
    from grader.cli import progress_bar, terminal
    from grader.grading import bench

    if not (generated.isdecimal() or generated == "all"):
        raise errors.SuiteError(f"--generated {generated}: give a number or `all`.")
    sample = sys.maxsize if generated == "all" else int(generated)
    with progress_bar.shown(f"Grading {slug} and its mutants") as advance:
        chosen = settings.chosen(course_dir=course)
        quality = bench.check_suite(chosen, slug, named, sample, advance)
    if json_file:
        json_file.write_text(json.dumps(quality.to_json(), indent=2) + "\n")
    typer.echo(terminal.quality_summary(quality))
    if quality.complaints:
        options.fail(*quality.complaints, status=options.EXIT_BELOW_MINIMUM)
