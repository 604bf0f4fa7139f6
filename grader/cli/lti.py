"""`grader lti`: an LMS, its courses, and the scores that are sent there, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader import errors
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.client import connection

InCourse = Annotated[str, typer.Option("--in", help="Which course here; else the only one.")]
Number = Annotated[int, typer.Argument(help="Its number in the list.")]


def platforms(url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """List every LMS that is registered."""
    with submit.open_service(url) as service:
        found = service.get("/api/lms/platforms")
    if _printed(found, as_json):
        return
    for one in found["platforms"]:
        typer.echo(f"{one['id']:>4}  {one['name'] or one['issuer']}  {one['client_id']}")


def register(
    issuer: Annotated[str, typer.Argument(help="The LMS's issuer (platform id).")],
    client_id: Annotated[str, typer.Argument(help="What the LMS calls this service.")],
    auth_url: Annotated[str, typer.Option(help="Authentication request address.")],
    token_url: Annotated[str, typer.Option(help="Access token address.")],
    keys_url: Annotated[str, typer.Option(help="Public key set address (JWKS).")],
    name: Annotated[str, typer.Option(help="What our pages call it.")] = "",
    token_audience: Annotated[str, typer.Option(help="Where it differs from --token-url.")] = "",
    deployment: Annotated[
        list[str] | None, typer.Option(help="One that may launch; may be repeated. Else any.")
    ] = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Register an LMS, or change the registration of this issuer and client id."""
    given = {
        "issuer": issuer,
        "client_id": client_id,
        "auth_url": auth_url,
        "token_url": token_url,
        "keys_url": keys_url,
        "name": name,
        "token_audience": token_audience,
        "deployments": deployment or [],
    }
    with submit.open_service(url) as service:
        made = service.post("/api/lms/platforms", given)
    if not _printed(made, as_json):
        typer.echo(f"Registered as number {made['id']}.")


def remove(platform: Number, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Remove an LMS with its courses and the list of what was sent there."""
    with submit.open_service(url) as service:
        service.delete(f"/api/lms/platforms/{platform}")
    options.say({"removed": platform}, "Removed.", as_json=as_json)


def invite(url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Print an address by which an LMS registers itself, once and within an hour."""
    with submit.open_service(url) as service:
        made = service.post("/api/lms/invitations", {})
    options.say(made, made["url"], as_json=as_json)


def rotate_key(
    at_once: Annotated[
        bool, typer.Option("--at-once", help="It signs now: the old key has leaked.")
    ] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Make another key of the service; by default it signs from tomorrow on."""
    with submit.open_service(url) as service:
        made = service.post("/api/lms/keys", {"at_once": at_once})
    words = "Published: " + ", ".join(key["kid"] for key in made["keys"])
    options.say(made, words, as_json=as_json)


def courses(
    course: InCourse = "", url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """List the courses of an LMS that somebody came from."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/lms/courses{_in(course)}")
    if _printed(found, as_json):
        return
    for one in found["courses"]:
        state = "accepted" if one["accepted_at"] else "waits"
        title = one["title"] or one["context"]
        typer.echo(f"{one['id']:>4}  {state:<8}  {title} ({one['platform_name']})")


def accept(
    number: Number, course: InCourse = "", url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """Let people enter by a course of an LMS, and scores go there."""
    with submit.open_service(url) as service:
        done = service.post(f"/api/lms/courses/{number}/accept{_in(course)}", {})
    options.say(done, f"Accepted: {done['title'] or done['context']}", as_json=as_json)


def drop(
    number: Number, course: InCourse = "", url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """Forget a course of an LMS: nobody enters by it from then on. People stay on the roster."""
    with submit.open_service(url) as service:
        service.delete(f"/api/lms/courses/{number}{_in(course)}")
    options.say({"removed": number}, "Removed.", as_json=as_json)


def roster(
    number: Number,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Also if most of the students have dropped.")
    ] = False,
    course: InCourse = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Bring accounts up to date with the people of a course of an LMS; a mass drop asks first."""
    path = f"/api/lms/courses/{number}/roster{_in(course)}"
    with submit.open_service(url) as service:
        taken = _roster(service, path, confirm=confirm)
    if _printed(taken, as_json):
        return
    typer.echo(
        f"{len(taken['added'])} added, {taken['known']} known, {len(taken['dropped'])} dropped"
    )
    for line in taken["skipped"]:
        typer.echo(f"left out: {line}", err=True)


def _roster(service: "connection.Connection", path: str, *, confirm: bool) -> dict[str, Any]:
    """Take a roster; if most students would drop, ask whether they have."""
    try:
        more = "&" if "?" in path else "?"
        return service.post(f"{path}{more}confirm=true" if confirm else path, {})
    except errors.Conflict as exc:
        if "would_drop" not in exc.facts:
            raise
        typer.echo(str(exc), err=True)
    typer.confirm("Have they dropped?", abort=True, err=True)
    return _roster(service, path, confirm=True)


def scores(
    slug: options.Slug,
    again: Annotated[
        bool, typer.Option("--again", help="First send what was refused or waits.")
    ] = False,
    open_only: Annotated[
        bool, typer.Option("--open", help="Only what waits or was refused.")
    ] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Show the scores of a homework that were or will be sent to an LMS."""
    path = f"/api/assignments/{slug}/sent-scores"
    with submit.open_service(url) as service:
        if again:
            service.post(path, {})
        found = service.get(path, open_only=open_only)
    if _printed(found, as_json):
        return
    if found["held_back"]:
        typer.echo(found["held_back"], err=True)
    for one in found["scores"]:
        points = f"{one['points']:g} of {one['maximum']:g}"
        typer.echo(f"{one['student']}  {points}  {one['state']}  {one['answer']}")


def _in(course: str) -> str:
    return f"?course={course}" if course else ""


def _printed(document: dict[str, Any], as_json: bool) -> bool:
    """Print JSON, where that was asked for."""
    if as_json:
        typer.echo(json.dumps(document, indent=2))
    return as_json
