"""`grader annotations`: read and write next to lines and pages of a submission, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

from typing import Annotated, Any

import typer

from grader import errors
from grader.cli import marking, options, submit

Number = Annotated[int, typer.Argument(help="The annotation's, as `list` prints it.")]
Text = Annotated[str, typer.Argument(help="What you want to say.")]


def list_annotations(
    submission: marking.Submission, url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """List what was written next to a submission's files."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/submissions/{submission}/annotations")
    lines = [_line(one) for one in found["annotations"]] or ["Nothing has been written."]
    lines += [
        f"{_count(older['annotations'])} did not follow from submission {older['submission']}."
        for older in found["left_behind"]
    ]
    options.say(found, "\n".join(lines), as_json=as_json)


def add(
    submission: marking.Submission,
    path: Annotated[str, typer.Argument(help="A file of the submission.")],
    text: Text,
    lines: Annotated[str, typer.Option(help="12, or 12-14.")] = "",
    page: Annotated[int | None, typer.Option(help="Of a PDF.")] = None,
    place: Annotated[str, typer.Option(help='Where on the page, e.g. "figure 2".')] = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Write next to lines of a file, or to a page of a PDF."""
    first, last = _numbers(lines) if lines else (None, None)
    sent = {"path": path, "text": text, "first_line": first, "last_line": last}
    with submit.open_service(url) as service:
        where = f"/api/submissions/{submission}/annotations"
        made = service.post(where, sent | {"page": page, "place": place})
    _print(made, as_json=as_json)


def change(
    number: Number,
    text: Text,
    version: marking.Version = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Give an annotation another text."""
    if not text.strip():
        raise errors.NotValid("Write what you want to say, or `grader annotations remove`.")
    _put(number, text, version, url, as_json=as_json)


def remove(
    number: Number,
    version: marking.Version = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Take an annotation back; staff still see that it was there."""
    _put(number, "", version, url, as_json=as_json)


def _put(number: int, text: str, version: int | None, url: str, *, as_json: bool) -> None:
    with submit.open_service(url) as service:
        made = service.put(f"/api/annotations/{number}", {"text": text, "version": version})
    _print(made, as_json=as_json)


def _print(made: dict[str, Any], *, as_json: bool) -> None:
    options.say(made, _line(made), as_json=as_json)


def _line(one: dict[str, Any]) -> str:
    where = f"page {one['page']} {one['place']}".rstrip()
    if one["page"] is None:
        first, last = one["first_line"], one["last_line"]
        where = f"{first}" if first == last else f"{first}-{last}"
    said = one["text"] or "(taken back)"
    return f"{one['id']:6}  {one['path']}:{where}  {one['author']}: {said}"


def _count(number: int) -> str:
    return f"{number} annotation{'' if number == 1 else 's'}"


def _numbers(lines: str) -> tuple[int, int]:
    first, _, last = lines.partition("-")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise errors.NotValid(f"--lines {lines}: write 12, or 12-14.") from None
