"""`grader marking`: what is left to mark, marks, rubrics and who marks what, from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import enum
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from grader import errors
from grader.cli import options, submit
from grader.client import report_text
from grader.course import person_names

Submission = Annotated[str, typer.Argument(help="The submission's id.")]
TaskChoice = Annotated[str, typer.Option("--task", help="Only this task.")]
SectionChoice = Annotated[str, typer.Option("--section", help="Only its people.")]
MarkerChoice = Annotated[str, typer.Option("--marker", help="A login; - is nobody's yet.")]
Task = Annotated[str, typer.Argument(help="The task's id.")]
Version = Annotated[
    int | None, typer.Option(help="The version that you saw (0: none); nothing newer is replaced.")
]


class RubricChoice(enum.StrEnum):
    """What becomes of a rubric whose homework's own has changed since."""

    OURS = "ours"
    HOMEWORK = "homework"
    BOTH = "both"


def list_unmarked(
    slug: options.Slug,
    task: TaskChoice = "",
    section: SectionChoice = "",
    marker: MarkerChoice = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """List what is left to mark: submission, student, tasks and whose they are to mark."""
    asked = {"task": task, "section": section, "marker": marker}
    with submit.open_service(url) as service:
        found = service.get(f"/api/assignments/{slug}/unmarked", **asked)
    lines = [_left(one) for one in found["submissions"]]
    _print(found, lines or ["Nothing is left to mark."], as_json=as_json)


def next_unmarked(
    slug: options.Slug,
    after: Annotated[str, typer.Option(help="The submission just marked; else the first.")] = "",
    task: TaskChoice = "",
    section: SectionChoice = "",
    marker: MarkerChoice = "",
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Show the next submission that is left to mark: whose it is, and its manual tasks."""
    asked = {"task": task, "section": section, "marker": marker, "after": after}
    with submit.open_service(url) as service:
        left = service.get(f"/api/assignments/{slug}/unmarked", **asked)["submissions"]
        one = left[0] if left else None
        marks = service.get(f"/api/submissions/{one['submission']}/marks") if one else {}
    lines = [_left(one), *_shown(marks)] if one else ["Nothing more is left to mark."]
    _print({"submission": one, **marks}, lines, as_json=as_json)


def show(submission: Submission, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Show a submission's manual tasks: rubric, and the mark that counts."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/submissions/{submission}/marks")
    _print(found, _shown(found), as_json=as_json)


def mark(
    submission: Submission,
    task: Task,
    points: Annotated[float | None, typer.Option(help="Else the sum of the lines.")] = None,
    line: Annotated[
        list[str] | None, typer.Option(help="A line of the rubric, by its text; may be repeated.")
    ] = None,
    comment: Annotated[str, typer.Option(help="The student reads it.")] = "",
    version: Version = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Mark a task; without points and lines, take its mark back."""
    with submit.open_service(url) as service:
        shown = service.get(f"/api/submissions/{submission}/marks")["tasks"]
        ticked, rubric = _ticked(shown, task, line or [])
        sent = {"points": points, "rubric": ticked, "comment": comment, "version": version}
        path = f"/api/submissions/{submission}/marks/{task}"
        found = service.put(path, sent | {"rubric_version": rubric})
    _print(found, [f"{task}: {_points(found)}, version {found['version']}"], as_json=as_json)


def rubric(
    slug: options.Slug,
    task: Annotated[str, typer.Argument(help="Only this task's.")] = "",
    change: Annotated[
        Path | None,
        typer.Option(help="JSON as --json prints it for one task, changed; shows what it moves."),
    ] = None,
    take: Annotated[
        RubricChoice | None,
        typer.Option(help="Where the homework's has changed since staff changed theirs."),
    ] = None,
    sure: Annotated[bool, typer.Option("--yes", help="Save it and reapply it.")] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Show rubrics, or change one for all marks that were given by it.

    In the JSON `was` names the line that a line comes from; without it, it is a new one.
    """
    with submit.open_service(url) as service:
        found = service.get(f"/api/assignments/{slug}/rubrics")
        chosen = [one for one in found["rubrics"] if task in ("", one["task"])]
        if not chosen:
            raise errors.NotFound(f"No task {task} is marked by hand here.")
        if (change or take) and not task:
            tasks = ", ".join(one["task"] for one in chosen)
            raise errors.NotValid(f"Name the task whose rubric you change: {tasks}.")
        if change or take:
            sent = _read(change) if change else _taken(chosen[0], task, take)
            path = f"/api/assignments/{slug}/rubrics/{task}"
            found = service.put(path, sent | {"preview": not sure})
            _print(found, _moved(found, sure=sure), as_json=as_json)
            return
    lines = [line for one in chosen for line in _rubric(one)]
    _print(_to_change(chosen[0]) if task else found, lines, as_json=as_json)


def markers(slug: options.Slug, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """List who may mark, and how much of their share is left."""
    with submit.open_service(url) as service:
        found = service.get(f"/api/assignments/{slug}/markers")
    _print(found, _shares(found), as_json=as_json)


def divide(
    slug: options.Slug,
    among: Annotated[
        list[str] | None, typer.Option(help="A TA's or instructor's login; may be repeated.")
    ] = None,
    task: TaskChoice = "",
    section: SectionChoice = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also what has a marker; without --among, take it back.")
    ] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Divide what is left to mark evenly among people."""
    sent = {"markers": among or [], "task": task, "section": section, "again": again}
    with submit.open_service(url) as service:
        found = service.put(f"/api/assignments/{slug}/markers", sent)
    _print(found, _shares(found), as_json=as_json)


def _print(found: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    options.say(found, "\n".join(lines), as_json=as_json)


def _left(one: dict[str, Any]) -> str:
    whose = person_names.SHARED.join([one["student"], *one["mates"]])
    return f"{one['submission']}  {whose:20} {one['section']:8} {_tasks(one)}"


def _shown(marks: dict[str, Any]) -> list[str]:
    """Who else has the submission open, then its tasks."""
    lines = [
        f"{one['name'] or one['login']} opened this a few minutes ago to mark it."
        for one in marks["open_by"]
    ]
    lines += [line for task in marks["tasks"] for line in _task(task)]
    return lines if marks["tasks"] else ["No task of it is marked by hand."]


def _tasks(one: dict[str, Any]) -> str:
    """Its tasks; a star where it was marked before, and whose they are to mark."""
    pairs = zip(one["tasks"], one["markers"], strict=True)
    return ", ".join(
        f"{task}{' again' if task in one['again'] else ''}{f' ({who})' if who else ''}"
        for task, who in pairs
    )


def _task(task: dict[str, Any]) -> list[str]:
    newest = task["marks"][0] if task["marks"] else task["carried"]
    said = f"{task['id']} {task['title']}, {report_text.number(task['points'])} points: "
    lines = [said + (_points(newest) if newest else "not marked")]
    ticked = [item["text"] for item in newest["rubric"]] if newest else []
    lines += [
        f"  [{'x' if item['text'] in ticked else ' '}] {item['text']}: {item['points']:g}"
        for item in task["rubric"]
    ]
    if newest and newest["comment"]:
        lines.append(f"  {newest['comment']}")
    return lines


def _points(mark: dict[str, Any]) -> str:
    said = "taken back" if mark["points"] is None else f"{report_text.number(mark['points'])}"
    return f"{said} by {mark['marked_by']}"


def _ticked(
    tasks: list[dict[str, Any]], task: str, texts: list[str]
) -> tuple[list[dict[str, Any]], int | None]:
    """The lines of these texts, and the version of the rubric that has them."""
    found = next((one for one in tasks if one["id"] == task), None)
    known = {item["text"]: item for item in found["rubric"]} if found else {}
    if strange := [text for text in texts if text not in known]:
        there = "; ".join(known) or "none"
        raise errors.NotValid(
            f"The rubric of {task} has no line {strange[0]!r}. Its lines: {there}"
        )
    return [known[text] for text in texts], found["rubric_version"] if found else None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError) as exc:
        raise errors.NotValid(f"{path} cannot be read as JSON: {exc}.") from exc
    if not isinstance(found, dict) or "lines" not in found:
        raise errors.NotValid(f"{path}: begin with what `grader marking rubric … --json` prints.")
    return {name: found[name] for name in ("lines", "version") if name in found}


def _to_change(one: dict[str, Any]) -> dict[str, Any]:
    """A rubric as `--change` takes it."""
    lines = [line | {"was": line["text"]} for line in one["lines"]]
    return {"task": one["task"], "version": one["version"], "lines": lines}


def _taken(one: dict[str, Any], task: str, take: RubricChoice | None) -> dict[str, Any]:
    """One of the rubrics between which there is a choice, as the service takes it."""
    if not task:
        raise errors.NotValid("Name the task whose rubric you choose.")
    if not one["choices"] or take is None:
        raise errors.NotValid(
            f"There is no choice: the homework's rubric of {task} is as it was when staff changed "
            "theirs, or nobody has."
        )
    return {"lines": one["choices"][take.value], "version": one["version"]}


def _rubric(one: dict[str, Any]) -> list[str]:
    by = f", changed by {one['changed_by']}" if one["changed_by"] else ""
    head = f"{one['task']} {one['title']}, {report_text.number(one['points'])} points{by}"
    lines = [head, *(f"  {line['text']}: {line['points']:g}" for line in one["lines"])]
    if one["choices"]:
        lines += ["  The homework's has changed since: --take ours, homework or both. It is now"]
        lines += [f"    {line['text']}: {line['points']:g}" for line in one["homework"]]
    return lines


def _moved(found: dict[str, Any], *, sure: bool) -> list[str]:
    lines = [
        f"{one['student']:20} {one['before']:g} -> {one['after']:g}"
        + (" (given by hand; they stay)" if one["by_hand"] else "")
        for one in found["marks"]
    ]
    count = f"{len(lines)} mark{'' if len(lines) == 1 else 's'}"
    done = f"Saved; {count} changed." if sure else f"{count} would change; save it with --yes."
    return [*lines, done]


def _shares(found: dict[str, Any]) -> list[str]:
    return [
        f"{one['login']:20} {one['left']:4} of {one['given']:4} left  {one['name']}".rstrip()
        for one in found["markers"]
    ]
