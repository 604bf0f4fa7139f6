"""`grader similarity`: which submissions of an assignment are alike.

Owns the verb's flags and what is printed; comparing is `grader.service.similarity`'s.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def similarity(
    slug: options.Slug,
    course: options.Course = None,
    data: options.Data = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write it all here.")] = None,
) -> None:
    """Compare the latest submission of each student with the others'; print who is alike."""
    from grader import app as service
    from grader.assignment import manifest as assignments
    from grader.service import similarity as service_similarity

    chosen = settings.chosen(course_dir=course, data_dir=data)
    assignment = assignments.load(chosen.course_dir, slug)
    with service.open_store(chosen) as store:
        report = service_similarity.compare(store, service.uploads_of(chosen), assignment).report
    for pair in report["pairs"]:
        (one, other), (of_one, of_other) = pair["students"], pair["share"]
        typer.echo(f"{of_one:4.0%} of {one} is like {of_other:4.0%} of {other}")
    typer.echo(f"{report['compared']} compared, {len(report['pairs'])} pairs are alike")
    if json_file:
        json_file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
