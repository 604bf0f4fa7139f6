"""Manual marks: points and comments of people, for tasks that no test can judge.

Owns the checks of a mark against the rubric. Marks stay with the submission whatever is graded
again; what they sum to is `grader.scoring.final_score`'s.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.course import marking_list
from grader.scoring import final_score
from grader.service import context, gradebook, reports, rubrics, submissions
from grader.service import counting as graded
from grader.store import marking_shares, marking_visits, rows
from grader.store import marks as stored
from grader.store import submissions as stored_submissions

MAX_POINTS: Final = 1_000_000
MAX_COMMENT: Final = 10_000  # characters
OPEN_S: Final = 300.0  # for so long a page that was opened counts as open
RUBRIC_CHANGED: Final = (
    "Somebody has changed the rubric of this task meanwhile, so nothing was saved. Look at its "
    "lines as they are now, then mark again."
)


@dataclass(frozen=True, slots=True)
class Marking:
    """The manual tasks of a submission, and every version of every mark, newest first.

    Attributes:
        tasks: with their rubrics as they are now.
        rubrics: task -> the version of its rubric, 0 for the homework's own.
        carried: task -> the mark that counts here, given to another submission of the same
            person with the same write-up.
        earlier: task without a mark -> the newest that the same person got for another write-up.
        visits: who else opened its marking page in the last `OPEN_S` seconds.
    """

    tasks: Sequence[assignments.Task]
    rubrics: Mapping[str, int]
    marks: Sequence[final_score.Mark]
    carried: Mapping[str, final_score.Mark]
    visits: Sequence[marking_visits.MarkingVisit] = ()
    earlier: Mapping[str, final_score.Mark] = field(default_factory=dict)


def of_submission(
    services: context.Services, user: rows.User, submission_id: str, *, opens: bool = False
) -> Marking:
    """What there is to mark, and what was marked.

    Args:
        opens: the user is about to mark it, which others of staff see from now on.
    """
    submission = submissions.find(services, user, submission_id)
    given = stored.history(services.store, submission.id)
    manifest = services.course.load(submission.assignment).manifest
    by_hand = _marked_for_want_of_a_file(services, submission)
    as_now = rubrics.of_assignment(services, submission.assignment)
    manual = [
        as_now[t.id].task if t.id in as_now else t
        for t in manifest.task
        if t.kind is models.TaskKind.MANUAL or t.id in by_hand
    ]
    versions = {t.id: as_now[t.id].version if t.id in as_now else 0 for t in manual}
    others = [one.id for one in graded.history(services, submission)] if opens else []
    found = stored.current(services.store, [*others, submission.id])
    counting = found.pop(submission.id)
    carried = {task: mark for task, mark in counting.items() if mark.carried_from}
    visits = marking_visits.others(services.store, submission.id, user.id, OPEN_S, opens=opens)
    return Marking(manual, versions, given, carried, visits, _earlier(found, counting))


def _earlier(
    others: Mapping[uuid.UUID, Mapping[str, final_score.Mark]],
    given: Mapping[str, final_score.Mark],
) -> dict[str, final_score.Mark]:
    """What other write-ups of the same person got for tasks that have no mark here."""
    found = [
        replace(mark, carried_from=mark.carried_from or number)
        for number, marks in others.items()
        for task, mark in marks.items()
        if task not in given and mark.points is not None
    ]
    return {mark.task: mark for mark in sorted(found, key=lambda mark: mark.marked_at)}


def unmarked(
    services: context.Services,
    slug: str,
    task: str = "",
    section: str = "",
    marker: str = "",
    after: str = "",
) -> list[marking_list.Unmarked]:
    """What is left to mark of an assignment; see `marking_list.narrowed`.

    Args:
        after: a submission, marked or not; only what comes after it in the gradebook.

    Raises:
        NotFound: no such task.
    """
    manifest = services.course.load(slug).manifest
    if task and task not in {one.id for one in manifest.task}:
        raise errors.NotFound(f"This homework has no task {task}.")
    entries = list(gradebook.entries(services.store, services.course, manifest))
    shares = marking_shares.shares(services.store, slug)
    left = marking_list.unmarked(entries, shares)
    narrowed = list(marking_list.narrowed(left, task, section, marker))
    return marking_list.following(entries, narrowed, after)


def put(
    services: context.Services,
    user: rows.User,
    submission_id: str,
    new: rows.NewMark,
    seen: int | None,
    rubric: int | None = None,
) -> tuple[final_score.Mark, final_score.Totals | None]:
    """Mark a manual task; the mark, and what the submission comes to with it.

    Args:
        new: its points are the rubric's sum where they are not given.
        seen: the version that the marker saw, 0 for none; None does not ask.
        rubric: the same of the rubric whose lines were ticked.

    Raises:
        NotFound: no such submission or task.
        NotValid: it does not fit the rubric, or there is nothing to take back.
        Conflict: somebody else has marked it meanwhile, or changed the rubric; `version` and
            `rubric_version` are theirs.
    """
    submission = submissions.find(services, user, submission_id)
    if new.points is None and not new.items and not _is_marked(services, submission, new.task):
        raise errors.NotValid(f"Task {new.task} has no mark that could be taken back.")
    by_hand = _marked_for_want_of_a_file(services, submission)
    checked = _checked(_task(services, submission, new.task), new, by_hand)
    version = stored.put(services.store, submission.id, checked, user.title, seen, rubric)
    given = stored.current(services.store, [submission.id])[submission.id]
    if version is None:
        raise _overtaken(services, submission.assignment, new.task, given, seen)
    return given[new.task], reports.of_marks(services, submission, given)


def _is_marked(services: context.Services, submission: rows.Submission, task: str) -> bool:
    """Whether a task has a mark, its own or one that came with the same write-up."""
    given = stored.current(services.store, [submission.id]).get(submission.id, {})
    return task in given and given[task].points is not None


def _overtaken(
    services: context.Services,
    slug: str,
    task: str,
    given: Mapping[str, final_score.Mark],
    seen: int | None,
) -> errors.Conflict:
    """What somebody else has done meanwhile: marked it, or changed the rubric."""
    version = given[task].version if task in given else 0
    known = rubrics.of_assignment(services, slug)
    rubric = known[task].version if task in known else 0
    facts = {"version": version, "rubric_version": rubric}
    if seen in (None, version):
        return errors.Conflict(RUBRIC_CHANGED, **facts)
    return errors.Conflict(
        "Somebody else has marked this meanwhile. Look at their mark, then send yours with its "
        "`version`.",
        **facts,
    )


def _marked_for_want_of_a_file(
    services: context.Services, submission: rows.Submission
) -> frozenset[str]:
    """Tasks that the submission's report has as manual; those of the rubric are among them."""
    whole = stored_submissions.report(services.store, submission.run_id)
    tasks = whole.tasks if whole else ()
    return frozenset(task.id for task in tasks if task.kind is models.TaskKind.MANUAL)


def _task(
    services: context.Services, submission: rows.Submission, task_id: str
) -> assignments.Task:
    try:
        return services.course.load(submission.assignment).task(task_id)
    except errors.AssignmentNotFound:
        raise
    except errors.SuiteError as exc:
        raise errors.NotFound(str(exc)) from exc


def _checked(
    task: assignments.Task, new: rows.NewMark, by_hand: Collection[str] = ()
) -> rows.NewMark:
    """The mark to store; the points are the rubric's sum where they are not given.

    Args:
        by_hand: tasks that tests grade, but not for this submission.

    Raises:
        NotValid: it does not fit the rubric.
    """
    if task.kind is not models.TaskKind.MANUAL and task.id not in by_hand:
        raise errors.NotValid(f"Task {task.id} is graded by tests; only manual tasks have marks.")
    points = new.points
    if points is None and new.items:
        points = max(sum((item.points for item in new.items), Fraction(0)), Fraction(0))
    if points is not None and points > task.exact_points:
        raise errors.NotValid(
            f"{float(points):g} points are more than the {task.points:g} of task {task.id}."
        )
    return rows.NewMark(new.task, points, new.items, new.comment)
