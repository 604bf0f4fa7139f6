"""Rubrics of tasks that people mark: the homework's own, or what staff made of it.

Owns what a line may be and which tasks have a rubric. What a change does to marks that were given
is `grader.course.rubrics`', storing it `grader.store.rubrics`'.
"""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import msgspec

from grader import errors, models, wording
from grader.assignment import manifest as assignments
from grader.course import rubrics
from grader.service import context
from grader.store import rows
from grader.store import rubrics as stored

MOST_LINES: Final = 100
MAX_TEXT: Final = 1000  # characters of a line
MAX_POINTS: Final = 1_000_000
OVERTAKEN: Final = (
    "Somebody else has changed this rubric meanwhile, so nothing was saved. Look at theirs, then "
    "save yours again if it should replace it."
)


@dataclass(frozen=True, slots=True)
class TaskRubric:
    """A task with its rubric as markers see it.

    Attributes:
        version: 0 where it is the homework's own.
        own: the homework's.
        changed_by: empty where nobody has changed it.
        choices: where the homework's has changed since staff changed theirs.
    """

    task: assignments.Task
    version: int
    own: tuple[assignments.RubricItem, ...]
    changed_by: str = ""
    changed_at: datetime.datetime | None = None
    choices: rubrics.RubricChoices | None = None

    @property
    def own_key(self) -> str:
        """What the homework's own is known by in a form; it has no version."""
        text = "\n".join(f"{item.points:g} {item.text}" for item in self.own)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def of_assignment(services: context.Services, slug: str) -> Mapping[str, TaskRubric]:
    """Task -> its rubric, for every task that people may have to mark."""
    newest = stored.newest(services.store, slug)
    return {
        task.id: _with(task, newest.get(task.id))
        for task in services.course.load(slug).manifest.task
        if task.kind is models.TaskKind.MANUAL or task.manual_without
    }


def of_task(services: context.Services, slug: str, task: str) -> TaskRubric:
    """The rubric of one task.

    Raises:
        NotFound: there is no such task, or tests grade it.
    """
    found = of_assignment(services, slug)
    if task not in found:
        known = wording.listed(list(found)) or "none"
        raise errors.NotFound(f"No task {task} is marked by hand here; those that are: {known}.")
    return found[task]


def change(
    services: context.Services,
    user: rows.User,
    slug: str,
    task: str,
    lines: Sequence[rubrics.ChangedLine],
    seen: int | None,
    *,
    preview: bool,
    own_seen: str = "",
) -> Sequence[rubrics.MarkChange]:
    """Change a rubric and reapply it to every mark of the task; what happens to which mark.

    The homework's own is looked at with that: until it changes again there is no choice.

    Args:
        seen: the version that was changed; None is the one that is there.
        preview: only say what would happen.
        own_seen: what the homework's own was known by then; empty does not ask.

    Raises:
        NotFound, NotValid: no such task, or a line cannot be one.
        Conflict: somebody else has changed it meanwhile; `version` is theirs.
    """
    found = of_task(services, slug, task)
    version = found.version if seen is None else seen
    if version != found.version or own_seen not in ("", found.own_key):
        raise errors.Conflict(OVERTAKEN, version=found.version)
    old = frozenset(item.text for item in found.task.rubric)
    _check(lines, old)
    most, own = found.task.exact_points, _lines(found.own)
    new = stored.NewRubric(slug, task, lines, old, most, version, own)
    if preview:
        done = stored.changes(services.store, new)
    else:
        done = stored.change(services.store, new, user.title)
    if done is None:
        raise errors.Conflict(OVERTAKEN, version=of_task(services, slug, task).version)
    return done


def _with(task: assignments.Task, changed: stored.StoredRubric | None) -> TaskRubric:
    if changed is None:
        return TaskRubric(task, 0, task.rubric)
    items = tuple(assignments.RubricItem(i.text, float(i.points)) for i in changed.items)
    shown = msgspec.structs.replace(task, rubric=items)
    own = _lines(task.rubric)
    is_changed = changed.own is not None and changed.own != own
    return TaskRubric(
        shown,
        changed.version,
        task.rubric,
        changed.changed_by,
        changed.changed_at,
        rubrics.choices(changed.own or (), changed.items, own) if is_changed else None,
    )


def _lines(items: Sequence[assignments.RubricItem]) -> tuple[models.TickedItem, ...]:
    return tuple(models.TickedItem(i.text, Fraction(str(i.points))) for i in items)


def _check(lines: Sequence[rubrics.ChangedLine], old: frozenset[str]) -> None:
    """Hold the lines against the rules; every reason at once.

    Raises:
        NotValid: some cannot be lines.
    """
    texts, names = [line.text for line in lines], [line.was for line in lines if line.was]
    wrong = [f"A rubric has at most {MOST_LINES} lines."] if len(lines) > MOST_LINES else []
    wrong += [
        f"{text[:40]!r}: a line of a rubric is words, {MAX_TEXT} characters at most."
        for text in texts
        if not text.strip() or len(text) > MAX_TEXT or not text.isprintable()
    ]
    wrong += [f"{text!r} is in it more than once." for text in sorted(_repeated(texts))]
    wrong += [f"Two lines come from {name!r}." for name in sorted(_repeated(names))]
    wrong += [f"The rubric has no line {name!r}." for name in names if name not in old]
    wrong += [
        f"{line.text}: {float(line.points):g} is not a number of points."
        for line in lines
        if abs(line.points) > MAX_POINTS
    ]
    if wrong:
        raise errors.NotValid(" ".join(wrong))


def _repeated(texts: Sequence[str]) -> set[str]:
    return {text for text in texts if texts.count(text) > 1}


def points(text: str) -> Fraction:
    """Points of a line as they were typed; a deduction has negative ones.

    Raises:
        NotValid: it is not a number.
    """
    try:
        number = float(text.replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        number = float("nan")
    if not abs(number) <= MAX_POINTS:
        raise errors.NotValid(f"{text!r} is not a number of points; write for example 3 or -0.5.")
    return Fraction(str(number))
