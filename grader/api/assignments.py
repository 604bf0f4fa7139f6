"""Where a student stands with an assignment: dates, extensions, attempts, history, what counts.

Owns these routes and the functions behind them, which the pages call, too. The arithmetic is
`grader.assignment.schedule`', the sums are `grader.scoring.final_score`'.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from grader import errors, models
from grader.api import dependencies, problems, scores
from grader.api.schemas import course_schemas, submission_schemas
from grader.assignment import manifest as assignments
from grader.assignment import schedule as assignment_schedule
from grader.store import extensions as store_extensions
from grader.store import rows, submissions

log = logging.getLogger(__name__)

MOST_LISTED = 100  # submissions on a page
MOST_CONSIDERED = 1000  # a student's submissions among which the counting one is looked for

router = APIRouter()

_STAFF: dict[str, str] = {**dependencies.UNAUTHORISED, "s403": "for instructors"}
_FOR_STAFF: dict[str, Any] = {"dependencies": dependencies.FOR_TEACHERS}


@router.get("/api/assignments", responses=problems.described(**dependencies.UNAUTHORISED))
def list_assignments(
    here: dependencies.Here, user: dependencies.Caller
) -> course_schemas.Assignments:
    """The homeworks of the course: tasks, points, files to hand in, and the caller's own terms.

    Students see those that have opened.
    """
    manifests = [
        found for slug in assignments.slugs(here.course_dir) if (found := _load(here, slug))
    ]
    told = terms(here, user, manifests)
    shown = [
        _described(one, *told[one.slug]) for one in manifests if _visible(user, told[one.slug])
    ]
    return course_schemas.Assignments(assignments=shown)


@router.get(
    "/api/assignments/{slug}",
    responses=problems.described(**dependencies.UNAUTHORISED, s404="no such assignment"),
)
def get_assignment(
    slug: str, here: dependencies.Here, user: dependencies.Caller
) -> course_schemas.AssignmentWithTerms:
    """One homework and what holds for the caller: due date, grace, extension, penalty, attempts."""
    manifest, told = find(here, user, slug)
    return _described(manifest, *told)


@router.get(
    "/api/assignments/{slug}/submissions",
    responses=problems.described(**dependencies.UNAUTHORISED, s404="no such assignment"),
)
def history(
    slug: str,
    here: dependencies.Here,
    user: dependencies.Caller,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50,
    before: Annotated[
        uuid.UUID | None, Query(description="only those older than this submission")
    ] = None,
) -> course_schemas.History:
    """Submissions, newest first: the caller's own, for staff everybody's; `next` has more."""
    find(here, user, slug)
    listed = submissions.recent(here.store, slug, user, limit, before)
    told = scores.of_list(here, user, listed, slug)
    active = None if user.sees_all else counting(here, user, slug)
    page = [_handed(one, told.get(one.run_id), user, active) for one in listed]
    more = f"/api/assignments/{slug}/submissions?limit={limit}&before={page[-1].id}" if page else ""
    return course_schemas.History(submissions=page, next=more if len(page) == limit else None)


@router.get(
    "/api/assignments/{slug}/extensions",
    responses=problems.described(**_STAFF, s404="no such assignment"),
    **_FOR_STAFF,
)
def extensions(slug: str, here: dependencies.Here) -> course_schemas.Extensions:
    """All extensions of an assignment, by student."""
    assignments.load(here.course_dir, slug)
    found = store_extensions.extensions(here.store, slug)
    return course_schemas.Extensions(extensions=[course_schemas.extension(one) for one in found])


@router.put(
    "/api/assignments/{slug}/extensions/{student}",
    responses=problems.described(
        **_STAFF, s404="no such assignment or student", s422="not later than everybody's due date"
    ),
)
def extend(
    slug: str,
    student: str,
    wanted: course_schemas.NewExtension,
    here: dependencies.Here,
    user: dependencies.Teacher,
) -> course_schemas.Extension:
    """Give one student a later due date, in place of an earlier extension. Grace comes on top."""
    schedule = assignments.load(here.course_dir, slug).manifest.schedule
    if schedule.due is None:
        raise errors.UploadRefused(
            "An extension moves the due date to a later one, and this assignment has none."
        )
    if wanted.due <= schedule.due:
        told = assignment_schedule.in_words(schedule.due.astimezone(schedule.zone))
        raise errors.UploadRefused(
            f"An extension moves the due date to a later one; everybody's is {told}."
        )
    args = (slug, student, wanted.due, wanted.reason, user.title)
    if not store_extensions.extend(here.store, *args):
        raise _nobody(student)
    found = store_extensions.extensions(here.store, slug)
    return next(course_schemas.extension(one) for one in found if one.student == student)


@router.delete(
    "/api/assignments/{slug}/extensions/{student}",
    status_code=204,
    responses=problems.described(**_STAFF, s404="no such assignment, or no extension"),
)
def withdraw(
    slug: str, student: str, here: dependencies.Here, user: dependencies.Teacher
) -> Response:
    """Take an extension away; everybody's due date holds again, for what is handed in, too."""
    assignments.load(here.course_dir, slug)
    if not store_extensions.withdraw(here.store, slug, student, user.title):
        raise problems.Problem(404, f"{student} has no extension for this assignment.")
    return Response(status_code=204)


_CHOICE = problems.described(
    **dependencies.UNAUTHORISED,
    s404="no such submission of yours",
    s409="not graded, not the student's to choose, or chosen by staff",
)


@router.put("/api/submissions/{submission_id}/active", responses=_CHOICE)
def choose(
    submission_id: str, here: dependencies.Here, user: dependencies.Caller
) -> course_schemas.Chosen:
    """Let this submission count.

    Students may where the assignment's `active` is `chosen`; what instructors choose stands above
    the rule.
    """
    found = _choosable(here, user, submission_id)
    if not store_extensions.choose(here.store, found.id, user.title, by_staff=user.teaches):
        detail = (
            "Only a graded submission can count, and what staff chose is not changed by others."
        )
        raise problems.Problem(409, detail, state=found.state)
    return course_schemas.Chosen(active=found.id)


@router.delete("/api/submissions/{submission_id}/active", responses=_CHOICE)
def unchoose(
    submission_id: str, here: dependencies.Here, user: dependencies.Caller
) -> course_schemas.Chosen:
    """Take the choice back: the assignment's rule decides again."""
    found = _choosable(here, user, submission_id)
    if not store_extensions.unchoose(here.store, found.id, user.title, by_staff=user.teaches):
        raise problems.Problem(409, "This submission was not chosen, or staff chose it.")
    return course_schemas.Chosen(active=_owners_counting(here, found))


# ---- what pages ask, too ------------------------------------------------------------------

Told = tuple[assignment_schedule.Terms, str]  # a student's terms, and the reason of their extension


def terms(
    here: dependencies.Services, user: rows.User, manifests: Sequence[assignments.Manifest]
) -> Mapping[str, Told]:
    """Assignment -> what holds for this user now; one query in all."""
    now = datetime.now(UTC)
    since = [(one.slug, assignment_schedule.day(one.schedule.zone, now)[0]) for one in manifests]
    stands = store_extensions.standings(here.store, user.id, since)
    return {
        one.slug: (
            assignment_schedule.terms(
                one.schedule, stands[one.slug].extension, stands[one.slug].attempts, now
            ),
            stands[one.slug].reason,
        )
        for one in manifests
    }


def find(
    here: dependencies.Services, user: rows.User, slug: str
) -> tuple[assignments.Manifest, Told]:
    """An assignment that the user may see, and what holds for them.

    Raises:
        AssignmentNotFound: there is none, or it has not opened for students.
    """
    manifest = assignments.load(here.course_dir, slug).manifest
    told = terms(here, user, [manifest])[slug]
    if not _visible(user, told):
        raise errors.AssignmentNotFound(f"{slug} opens later.")
    return manifest, told


def allowance(told: assignment_schedule.Terms) -> rows.Allowance | None:
    """How many uploads today's rule takes; None for any number."""
    rules = told.schedule
    if not rules.attempts_per_day:
        return None
    return rows.Allowance(
        rules.attempts_per_day, *assignment_schedule.day(rules.zone, datetime.now(UTC))
    )


def counting(here: dependencies.Services, user: rows.User, slug: str) -> uuid.UUID | None:
    """Which of a student's submissions counts; None when none is graded."""
    rules = scores.rules(here, slug).schedule
    listed = submissions.recent(here.store, slug, user, MOST_CONSIDERED)
    graded = [one for one in listed if one.state is models.SubmissionState.DONE]
    choice = store_extensions.choice(here.store, slug, user.id)
    if rules.active is models.Active.BEST:
        told = scores.of_list(here, user, graded, slug)
        found = [
            assignment_schedule.Candidate(one.id, one.created_at, told[one.run_id].totals.score)
            for one in graded
        ]
    else:
        found = [
            assignment_schedule.Candidate(one.id, one.created_at, assignment_schedule.ZERO)
            for one in graded
        ]
    best = assignment_schedule.choose(found, rules.active, choice)
    return best.id if best else None


def _owners_counting(here: dependencies.Services, found: rows.Submission) -> uuid.UUID | None:
    owner = rows.User(found.user_id, "", models.Role.STUDENT)
    return counting(here, owner, found.assignment)


def _choosable(here: dependencies.Services, user: rows.User, submission_id: str) -> rows.Submission:
    found = dependencies.find(here, user, submission_id)
    rule = scores.rules(here, found.assignment).schedule.active
    if not user.teaches and rule is not models.Active.CHOSEN:
        raise problems.Problem(409, f"In this assignment the {rule} submission counts.")
    return found


def _handed(
    one: rows.Listed, told: scores.Told | None, user: rows.User, active: uuid.UUID | None
) -> course_schemas.Handed:
    return course_schemas.Handed(
        id=one.id,
        student=one.user_name,
        state=one.state,
        submitted_at=one.created_at,
        active=None if user.sees_all else one.id == active,
        total=course_schemas.total(told.totals) if told else None,
    )


def _visible(user: rows.User, told: Told) -> bool:
    return user.sees_all or told[0].window is not models.Window.NOT_OPEN


def _load(here: dependencies.Services, slug: str) -> assignments.Manifest | None:
    try:
        return assignments.load(here.course_dir, slug).manifest
    except errors.SuiteError as exc:
        log.warning("assignment left out of the list: %s", exc)
        return None


def _described(
    manifest: assignments.Manifest, told: assignment_schedule.Terms, reason: str
) -> course_schemas.AssignmentWithTerms:
    return course_schemas.AssignmentWithTerms(
        slug=manifest.slug,
        title=manifest.title,
        course=manifest.course,
        total_points=manifest.total_points,
        due=told.deadlines.due,
        required_files=list(manifest.submission.demanded),
        accepts=list(manifest.submission.accept),
        max_upload_mb=manifest.submission.max_upload_mb,
        tasks=[
            submission_schemas.Task(id=t.id, title=t.title, points=t.points, kind=t.kind)
            for t in manifest.task
        ],
        terms=course_schemas.terms(told, reason),
    )


def _nobody(student: str) -> problems.Problem:
    return problems.Problem(404, f"There is no user {student!r}; check the login name.")
