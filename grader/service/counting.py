"""Which of a student's submissions counts, and choosing another one.

Owns who may choose. The rule itself is `grader.assignment.schedule.choose`'s; the gradebook applies
it to everybody at once (`grader.course.gradebook`).
"""

import dataclasses
import uuid
from collections.abc import Sequence
from fractions import Fraction

from grader import errors, models
from grader.assignment import schedule
from grader.course import permissions
from grader.service import context, reports, submissions
from grader.store import extensions, rows
from grader.store import submissions as stored

MOST_CONSIDERED = 1000  # a student's submissions among which the counting one is looked for


def submission_of(services: context.Services, user: rows.User, slug: str) -> uuid.UUID | None:
    """Which of a student's submissions counts; None when none is graded."""
    counting = _counting(services, user, slug, _graded(services, user, slug))
    return counting.id if counting else None


def submission_of_owner(
    services: context.Services, submission: rows.Submission
) -> uuid.UUID | None:
    """Which submission counts of the student whose submission this is."""
    return submission_of(services, owner(submission), submission.assignment)


def history(services: context.Services, submission: rows.Submission) -> list[rows.SubmissionRow]:
    """The graded submissions of the same student for the same assignment, newest first: their own,
    and those of batches under their name."""
    return _graded(services, owner(submission), submission.assignment)


def instead_of(
    services: context.Services,
    submission: rows.Submission,
    graded: Sequence[rows.SubmissionRow],
) -> rows.SubmissionRow | None:
    """The submission that counts in the place of this one; None where this one does, or none can.

    Of what staff submitted for themselves, or under a name that is nobody's, nothing counts by a
    rule.

    Args:
        graded: the `history` of the submission.
    """
    if not submission.owners:
        return None
    found = _counting(services, owner(submission), submission.assignment, graded)
    return found if found and found.id != submission.id else None


def chosen(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> tuple[str | None, Sequence[extensions.ChosenFor]]:
    """Why the homework does not count for its student, and who chose that the submission does.

    A student reads of their own choice only, and not who of the staff it was.
    """
    excused, found = extensions.chosen_for(services.store, submission.id, submission.student_id)
    if permissions.is_staff(user.role):
        return excused, found
    own = (one for one in found if one.student == user.name)
    return excused, [dataclasses.replace(one, chosen_by="") for one in own]


def _graded(services: context.Services, user: rows.User, slug: str) -> list[rows.SubmissionRow]:
    listed = stored.recent(services.store, slug, user, MOST_CONSIDERED)
    return [row for row in listed if row.state is models.SubmissionState.DONE]


def _counting(
    services: context.Services,
    user: rows.User,
    slug: str,
    graded: Sequence[rows.SubmissionRow],
) -> rows.SubmissionRow | None:
    rules = reports.rules(services, slug).dates
    choice = extensions.choice(services.store, slug, user.id)
    scores: dict[int, Fraction] = {}
    if rules.active is models.Active.BEST:  # else the points do not matter
        known = reports.of_list(services, user, graded, slug)
        scores = {run_id: report.totals.score for run_id, report in known.items()}
    candidates = [
        schedule.Candidate(row.id, row.created_at, scores.get(row.run_id, schedule.ZERO))
        for row in graded
    ]
    chosen = schedule.choose(candidates, rules.active, choice)
    return next((row for row in graded if chosen and row.id == chosen.id), None)


def owner(submission: rows.Submission) -> rows.User:
    """Whose submission this is, as a viewer."""
    return viewer(submission.student_id)


def viewer(user_id: int) -> rows.User:
    """A student as somebody who looks."""
    return rows.User(user_id, "", models.Role.STUDENT)


def choose(services: context.Services, user: rows.User, submission_id: str) -> rows.Submission:
    """Let a submission count, above the assignment's rule.

    Raises:
        NotFound, Conflict: there is none, it is not graded, or others have chosen.
    """
    submission = _choosable(services, user, submission_id)
    by_staff = permissions.is_instructor(user.role)
    if not extensions.choose(services.store, submission.id, user, by_staff=by_staff):
        raise errors.Conflict(
            "Only a graded submission can count, and only staff can change what staff chose.",
            state=submission.state,
        )
    return submission


def unchoose(services: context.Services, user: rows.User, submission_id: str) -> rows.Submission:
    """Take a choice back: the assignment's rule decides again.

    Raises:
        NotFound, Conflict: there is none, or it was not chosen by somebody who may.
    """
    submission = _choosable(services, user, submission_id)
    by_staff = permissions.is_instructor(user.role)
    if not extensions.unchoose(services.store, submission.id, user, by_staff=by_staff):
        raise errors.Conflict("This submission was not chosen, or staff chose it.")
    return submission


def _choosable(services: context.Services, user: rows.User, submission_id: str) -> rows.Submission:
    submission = submissions.find(services, user, submission_id)
    rule = reports.rules(services, submission.assignment).dates.active
    if not permissions.is_instructor(user.role) and rule is not models.Active.CHOSEN:
        raise errors.Conflict(f"In this assignment the {rule} submission counts.")
    return submission
