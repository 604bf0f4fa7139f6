"""`grader image`: the images of assignments that add packages of their own.

Owns flags and what is printed; the images are `grader.sandbox.course_images`'.
"""

from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def image(
    slug: Annotated[str | None, typer.Argument(help="One assignment; all by default.")] = None,
    course: options.Course = None,
) -> None:
    """Build the sandbox image of each assignment that adds packages to the shared one."""
    from grader.assignment import manifest as assignments
    from grader.sandbox import course_images

    chosen = settings.chosen(course_dir=course)
    for name in [slug] if slug else assignments.slugs(chosen.course_dir):
        added = assignments.load(chosen.course_dir, name).manifest.environment.packages
        if added:
            course_images.build(chosen.sandbox_image, added, typer.echo)
        elif slug:
            typer.echo(f"{slug} adds no packages; it uses {chosen.sandbox_image}")
