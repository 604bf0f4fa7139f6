"""`grader publish`, `grader versions`: a homework's versions on a service, from a terminal.

Owns flags, exit statuses and what is printed; what is allowed and done is the service's.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from grader import errors, settings
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.client import connection

POLL_S = 2.0


def publish(
    slug: options.Slug,
    note: Annotated[str, typer.Option(help="What changed, for the list of versions.")] = "",
    hold: Annotated[
        bool, typer.Option("--hold", help="Do not make it live when it passes its check.")
    ] = False,
    insist: Annotated[
        bool, typer.Option("--insist", help="Make it live whatever its check finds.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the check and print what it finds.")] = True,
    into: Annotated[
        str, typer.Option(help="The service's course of a new homework; else the first one.")
    ] = "",
    write: Annotated[
        Path | None, typer.Option(help="Write the bundle to this file and send nothing.")
    ] = None,
    course: options.Course = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Send suite, reference and template of a homework to a service, as its next version.

    The template is built first. Files that are the newest version's are not sent as another: the
    note, --hold and --insist are applied to that version. The exit status is 1 when its check
    found something and it is not live.
    """
    content = _packed(settings.chosen(course_dir=course).course_dir, slug)
    if write:
        write.write_bytes(content)
        return
    with submit.open_service(url) as service:
        path, wishes = f"/api/assignments/{slug}/versions", {"hold": hold, "insist": insist}
        query = {name: "true" for name, wish in wishes.items() if wish}
        place = f"/api/courses/{into}/versions" if into else path
        made = service.send_file(place, f"{slug}.zip", content, note=note, **query)
        if wait:
            made |= _checked(service, f"{path}/{made['number']}", made)
        page = f"{service.url}/assignments/{slug}/versions/{made['number']}"
    options.say(made | {"page": page}, _text(made, page), as_json=as_json)
    if made["findings"] and made["state"] != "live":
        raise typer.Exit(options.EXIT_BELOW_MINIMUM)


def versions(
    slug: options.Slug,
    live: Annotated[int, typer.Option(help="Make this version live, also an older one.")] = 0,
    insist: Annotated[bool, typer.Option("--insist", help="In spite of findings.")] = False,
    compare: Annotated[
        str, typer.Option(help="Which tasks, tests and files differ, e.g. 2:3.", metavar="OLD:NEW")
    ] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """List a homework's versions on a service, compare two, or make one live."""
    path = f"/api/assignments/{slug}/versions"
    with submit.open_service(url) as service:
        if compare:
            older, newer = _numbers(compare)
            found = service.get(f"{path}/{newer}/changes", since=older)
            options.say(found, _changes(found), as_json=as_json)
            return
        if live:
            service.post(f"{path}/{live}/live", {"insist": insist})
        found = service.get(path)
    options.say(found, _list(found), as_json=as_json)


def _numbers(compare: str) -> tuple[int, int]:
    """The two versions that `--compare` names.

    Raises:
        NotValid: it does not name two.
    """
    older, _, newer = compare.partition(":")
    if not (older.isdecimal() and newer.isdecimal()):
        raise errors.NotValid(f"--compare {compare}: name two versions, e.g. 2:3.")
    return int(older), int(newer)


def _packed(course_dir: Path, slug: str) -> bytes:
    """The bundle, its template built and its files looked at first."""
    from grader.assignment import bundle, suite_sources
    from grader.assignment import manifest as assignments
    from grader.authoring import template_builder

    assignment = assignments.load(course_dir, slug)
    suite_sources.check(assignment)
    template_builder.write(assignment)
    return bundle.of_folder(course_dir, slug).content()


def _checked(service: "connection.Connection", path: str, made: dict[str, Any]) -> dict[str, Any]:
    """The version after its check."""
    if not made["checked"]:
        typer.echo("Being checked, after what people submit …", err=True)
    while not made["checked"]:
        time.sleep(POLL_S)
        made = service.get(path)
    return made


def _text(made: dict[str, Any], page: str) -> str:
    said = f"version {made['number']} of {made['assignment']}: {_state(made)}"
    again = [made["message"]] if made["message"] else []
    return "\n".join([*again, said, *(f"  {text}" for text in made["findings"]), page])


def _state(one: dict[str, Any], in_use: int | None = None) -> str:
    if one["origin"] == "folder" and one["live_at"] is None:
        return "of the folder" + (", in use" if one["number"] == in_use else "")
    state, count = str(one["state"]), len(one["findings"])
    found = f", {count} finding{'s' if count > 1 else ''}" if count else ""
    return state + (found if one["checked"] else ", not checked yet")


def _line(one: dict[str, Any], in_use: int | None) -> str:
    state = _state(one, in_use)
    return f"{one['number']:4}  {state:28}  {options.moment(one['published_at']):24}  {one['note']}"


FOLDER = {
    "in use": "the service's own folder is in use; each change there becomes a version",
    "not in use": "the service's own folder has it as well, and is not in use",
}


def _list(found: dict[str, Any]) -> str:
    lines = [_line(one, found["in_use"]) for one in found["versions"]]
    if found["folder"] in FOLDER:
        lines.append(FOLDER[found["folder"]])
    if found["to_regrade"]:
        lines.append(
            f"{found['to_regrade']} submissions have results by other tests than those in use; "
            "`grader regrade` grades them again"
        )
    return "\n".join(lines) or "no version was published"


def _changes(found: dict[str, Any]) -> str:
    words = {
        "tests_added": "new test",
        "tests_removed": "test is gone",
        "tests_changed": "test changed",
        "files": "file differs",
    }
    lines = [f"task {one['task']}: {one['text']}" for one in found["tasks"]]
    if lines:
        lines.append(
            f"all tasks: {found['points_after']:g} points, {found['points_before']:g} before"
        )
    lines += [f"{said}: {name}" for kind, said in words.items() for name in found[kind]]
    return "\n".join(lines) or "nothing differs"
