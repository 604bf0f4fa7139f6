"""`grader export gradescope` and `grader results`: what goes to Gradescope, and what comes back.

Owns flags and what is printed; Gradescope's files are `grader.gradescope`'s.
"""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from grader import errors, settings
from grader.cli import options, submit


def results(
    file: Annotated[Path, typer.Argument(help="A results.json of a Gradescope autograder.")],
    min_score: Annotated[str, typer.Option(help="Exit 1 below this, e.g. 100%.")] = "",
    as_json: submit.AsJson = False,
) -> None:
    """Read what a Gradescope autograder wrote: what failed, and the score."""
    from grader.cli import minimum
    from grader.gradescope import read_results

    report = read_results.read(file)
    failed = [test.name or "" for test in report.tests or () if not test.passed]
    shown = {"score": report.points, "max_score": report.most, "failed": failed}
    options.say(shown, read_results.summary(report), as_json=as_json)
    if min_score.endswith("%") and report.most is None:
        raise errors.UploadRefused(f"{file}: no test has a max_score; give --min-score in points.")
    points, most = Fraction(report.points), Fraction(report.most or 0)
    if min_score and not minimum.reaches(points, most, min_score):
        options.fail(f"The score is below {min_score}.", status=options.EXIT_BELOW_MINIMUM)


def export(
    slug: options.Slug,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the zip.")] = Path(
        "autograder.zip"
    ),
    requirement: Annotated[
        list[str] | None, typer.Option(help="A further package, like scikit-learn==1.7.2.")
    ] = None,
    course: options.Course = None,
) -> None:
    """Write an autograder.zip that grades as the service does, behind a thinner wall."""
    from grader.assignment import manifest as assignments
    from grader.gradescope import autograder_zip

    chosen = settings.chosen(course_dir=course)
    assignment = assignments.load(chosen.course_dir, slug)
    output.write_bytes(autograder_zip.build(assignment, chosen.datasets, requirement or ()))
    typer.echo(f"{output}: upload it as the autograder of a programming assignment")
