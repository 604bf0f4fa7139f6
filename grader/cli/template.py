"""`grader template`: the students' templates, made from the reference solutions.

Owns flags, exit statuses and what is printed; the work is `grader.authoring.template_builder`'s.
"""

from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def build(
    slug: Annotated[str | None, typer.Argument(help="One assignment; all by default.")] = None,
    course: options.Course = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing, report drift.")
    ] = False,
) -> None:
    """Write student_template/ from reference/, or check that it is current."""
    from grader.assignment import manifest as assignments
    from grader.authoring import template_builder

    course_dir = settings.chosen(course_dir=course).course_dir
    drift = list[str]()
    for name in [slug] if slug else assignments.slugs(course_dir):
        assignment = assignments.load(course_dir, name)
        if check_only:
            drift += template_builder.check(assignment)
        else:
            template_builder.write(assignment)
    if drift:
        options.fail(*drift, status=options.EXIT_BELOW_MINIMUM)


def template(
    context: typer.Context,
    check_only: Annotated[bool, typer.Option("--check", help="Same as `build --check`.")] = False,
) -> None:
    """Derive student templates from the reference solutions."""
    if context.invoked_subcommand is None and check_only:
        build(None, None, check_only=True)
