"""Manual marks: points and comments of people, for tasks that no test can judge.

Owns these routes and the checks of a mark against the rubric. Marks stay with the submission
whatever is graded again; what they sum to is `grader.scoring.final_score`'.
"""

from fractions import Fraction

from fastapi import APIRouter

from grader import errors, models
from grader.api import dependencies, problems, scores
from grader.api.schemas import mark_schemas
from grader.assignment import manifest as assignments
from grader.scoring import final_score
from grader.store import marks, rows

router = APIRouter()

_STAFF = {**dependencies.UNAUTHORISED, "s403": "for instructors"}


@router.get(
    "/api/submissions/{submission_id}/marks",
    responses=problems.described(**_STAFF, s404="no such submission"),
)
def list_marks(
    submission_id: str, here: dependencies.Here, user: dependencies.Teacher
) -> mark_schemas.Marks:
    """The manual tasks with their rubrics, and every version of every mark, newest first."""
    found = dependencies.find(here, user, submission_id)
    given = marks.history(here.store, found.id)
    manifest = assignments.load(here.course_dir, found.assignment).manifest
    manual = [task for task in manifest.task if task.kind is models.TaskKind.MANUAL]
    return mark_schemas.Marks(tasks=[mark_schemas.task(task, given) for task in manual])


@router.put(
    "/api/submissions/{submission_id}/marks/{task}",
    responses=problems.described(
        **_STAFF,
        s404="no such submission or task",
        s409="somebody else has marked it meanwhile; `version` is theirs",
        s422="not a manual task, or more points than it has",
    ),
)
def put_mark(
    submission_id: str,
    task: str,
    wanted: mark_schemas.NewMark,
    here: dependencies.Here,
    user: dependencies.Teacher,
) -> mark_schemas.Marked:
    """Mark a manual task: points, lines of the rubric, a comment; without either, take it back.

    Students see it once the assignment's grades are published. Each change is another version;
    with `version` (0: not marked yet) nothing is written over that the marker has not seen.
    """
    found = dependencies.find(here, user, submission_id)
    new = _checked(_task(here, found, task), wanted)
    version = marks.put(here.store, found.id, new, user.title, wanted.version)
    if version is None:
        seen = marks.current(here.store, [found.id])[found.id].get(task)
        raise problems.Problem(
            409,
            "Somebody else has marked this meanwhile. Look at their mark, then send yours with its "
            "`version`.",
            version=seen.version if seen else 0,
        )
    given = marks.current(here.store, [found.id])[found.id]
    total = scores.of_marks(here, found, given)
    return mark_schemas.marked(given[task], total)


def _task(here: dependencies.Services, found: rows.Submission, task_id: str) -> assignments.Task:
    try:
        return assignments.load(here.course_dir, found.assignment).task(task_id)
    except errors.AssignmentNotFound:
        raise
    except errors.SuiteError as exc:
        raise problems.Problem(404, str(exc)) from exc


def _checked(task: assignments.Task, wanted: mark_schemas.NewMark) -> rows.NewMark:
    """The mark to store; the points are the rubric's sum where they are not given.

    Raises:
        UploadRefused: it does not fit the rubric.
    """
    if task.kind is not models.TaskKind.MANUAL:
        raise errors.UploadRefused(
            f"Task {task.id} is graded by tests; only manual tasks have marks."
        )
    items = tuple(final_score.Item(i.text, Fraction(str(i.points))) for i in wanted.rubric)
    points = None if wanted.points is None else Fraction(str(wanted.points))
    if points is None and items:
        points = max(sum((item.points for item in items), Fraction(0)), Fraction(0))
    if points is not None and points > task.exact_points:
        raise errors.UploadRefused(
            f"{float(points):g} points are more than the {task.points:g} of task {task.id}."
        )
    return rows.NewMark(task.id, points, items, wanted.comment)
