"""`grader grade`: one submission through the real pipeline, without a server.

Owns the verb's flags and its exit status: 0 graded, 1 below --min-score, 2 upload refused, 3 fault
of the machine or the suite. Grading is `grader.grading.bench`'s.
"""

from pathlib import Path
from typing import Annotated

import typer

from grader import models, settings
from grader.cli import options


def grade(
    path: Annotated[list[Path], typer.Argument(help="A folder, a zip, or the files themselves.")],
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Name of the assignment.")],
    course: options.Course = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    audience: Annotated[str, typer.Option(help="instructor or student")] = "instructor",
    min_score: Annotated[str, typer.Option(help="Exit 1 below this, e.g. 100%.")] = "",
) -> None:
    """Grade one submission in a sandbox, without a server.

    Exit: 0 graded, 1 below --min-score, 2 refused, 3 fault of the machine or of a test.
    """
    from grader.cli import minimum, terminal
    from grader.grading import bench
    from grader.scoring import report_text

    def progress(news: models.Progress) -> None:
        if isinstance(news, models.PhaseEnded):
            typer.echo(terminal.phase_line(news, audience))

    report = bench.grade(settings.chosen(course_dir=course), assignment, path, audience, progress)
    terminal.write(report, json_file, junit)
    typer.echo(report_text.summary(report))
    if min_score and not minimum.reaches(report.score, report.max_score, min_score):
        options.fail(f"The score is below {min_score}.", status=options.EXIT_BELOW_MINIMUM)
