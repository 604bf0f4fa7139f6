"""`grader excuse`, `grader excused`: for whom a homework does not count, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

from typing import Annotated, Any

import typer

from grader.cli import options, submit

Student = Annotated[str, typer.Argument(help="Login name.")]


def excuse(
    slug: options.Slug,
    student: Student,
    reason: Annotated[str, typer.Option(help="The student reads it.")] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Excuse a student from a homework: it does not count for them. Their work is kept."""
    with submit.open_service(url) as service:
        path = f"/api/assignments/{slug}/excused/{student}"
        done = service.put(path, {"reason": reason})
    options.say(done, f"{slug} does not count for {done['student']}", as_json=as_json)


def list_excused(
    slug: options.Slug, url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """List who is excused from a homework: by whom, when and why."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/assignments/{slug}/excused")
    lines = [_line(one) for one in found["excused"]] or ["Nobody is excused."]
    options.say(found, "\n".join(lines), as_json=as_json)


def withdraw(
    slug: options.Slug,
    student: Student,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Let a homework count for a student again, with what they have submitted."""
    with submit.open_service(url) as service:
        service.delete(f"/api/assignments/{slug}/excused/{student}")
    done = {"assignment": slug, "student": student, "withdrawn": True}
    options.say(done, f"{slug} counts for {student} again", as_json=as_json)


def _line(one: dict[str, Any]) -> str:
    said = f"{one['student']:20} {options.moment(one['excused_at']):28} {one['excused_by']}"
    return f"{said}: {one['reason']}" if one["reason"] else said
