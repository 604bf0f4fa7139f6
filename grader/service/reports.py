"""A student's report as its reader may see it: cut, with marks, after the late penalty.

Owns the order of these three and the queries they need; each is a pure function elsewhere
(`scoring.redaction`, `scoring.final_score`, `assignment.schedule.lateness_of`). Routes and pages
ask here, so that they say the same.
"""

import dataclasses
import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.course import permissions
from grader.scoring import final_score
from grader.service import context, late_days
from grader.store import marks, regrades, rows, submissions


@dataclass(frozen=True, slots=True)
class StudentReport:
    """A student's report as its reader may see it, its totals, and the late days it spends."""

    report: models.Report
    totals: final_score.Totals
    late_days: int = 0


@dataclass(frozen=True, slots=True)
class RegradeNotice:
    """What a reader is told of a regrade.

    Attributes:
        at: since when its result counts.
        points: that counted before, and that do now; None where the reader sees none.
    """

    at: datetime.datetime
    points: tuple[Fraction, Fraction] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What an assignment says today: its dates, its tasks, what students see.

    Dates and release are everybody's, and each student's own. There is neither a release nor a
    rubric when the assignment is gone or broken; `late_days` are those that a submission of each
    student may spend.
    """

    dates: schedule.Schedule = field(default_factory=schedule.Schedule)
    rubric: tuple[models.TaskScore, ...] | None = None
    release: models.Release | None = None
    late_days: Mapping[int, int] = field(default_factory=dict)
    own: Mapping[int, assignments.Assignment] = field(default_factory=dict)

    def dates_of(self, user_id: int) -> schedule.Schedule:
        """The schedule of a student."""
        return self.own[user_id].manifest.schedule if user_id in self.own else self.dates

    def release_of(self, user_id: int) -> models.Release | None:
        """What decides what a student sees."""
        return self.own[user_id].release if user_id in self.own else self.release


def of_submission(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> StudentReport | None:
    """One submission's report for this reader; None while there is none."""
    return of_run(services, user, submission, submission.run_id)


def of_run(
    services: context.Services, user: rows.User, submission: rows.Submission, run_id: int
) -> StudentReport | None:
    """What this reader would see if another run of the submission counted."""
    whole = submissions.report(services.store, run_id)
    if whole is None:
        return None
    given = marks.current(services.store, [submission.id])[submission.id]
    today = rules(services, submission.assignment, {submission.student_id, user.id})
    return _for_reader(services, user, submission, whole, given, today)


def cut(
    services: context.Services, user: rows.User, run_id: int, slug: str
) -> models.Report | None:
    """What this reader sees of a report's tests, without marks and lateness."""
    whole = submissions.report(services.store, run_id)
    return _cut(services, user, whole, release(services, slug, user)) if whole else None


def regraded(
    services: context.Services, user: rows.User, submission: rows.Submission, now: StudentReport
) -> RegradeNotice | None:
    """What this reader is told of the regrade by which a result counts; None if it is no regrade's.

    Args:
        now: the report that counts, as this reader sees it.
    """
    regrade = regrades.counting(services.store, submission.run_id)
    if regrade is None:
        return None
    before = of_run(services, user, submission, regrade.old_run_id)
    if before is None:
        return RegradeNotice(regrade.at, None, regrade.reason or "there was no result before")
    hidden = now.report.score is None
    points = None if hidden else (before.totals.score, now.totals.score)
    return RegradeNotice(regrade.at, points, regrade.reason)


def of_list(
    services: context.Services, user: rows.User, listed: Sequence[rows.SubmissionRow], slug: str
) -> dict[int, StudentReport]:
    """Run -> its report, for those of a list that have one; two queries in all."""
    whole = submissions.reports(services.store, [row.run_id for row in listed])
    graded = [row for row in listed if row.run_id in whole]
    given = marks.current(services.store, [row.id for row in graded])
    today = rules(services, slug, {user.id, *(row.student_id for row in graded)})
    return {
        row.run_id: _for_reader(services, user, row, whole[row.run_id], given[row.id], today)
        for row in graded
    }


def of_marks(
    services: context.Services,
    submission: rows.Submission,
    given: Mapping[str, final_score.Mark],
) -> final_score.Totals | None:
    """What a submission comes to with these marks, for staff; None while it is not graded."""
    whole = submissions.report(services.store, submission.run_id)
    if whole is None:
        return None
    today = rules(services, submission.assignment, [submission.student_id])
    marked = final_score.with_marks(whole, given, today.rubric)
    return final_score.of_report(marked, _lateness(today, submission).penalty)


def rules(services: context.Services, slug: str, user_ids: Collection[int] = ()) -> Rules:
    """What the assignment says today; without dates when it is gone or broken.

    Args:
        user_ids: whose late days and own dates are asked for.
    """
    try:
        assignment = services.course.load(slug)
    except errors.SuiteError:
        return Rules()
    usable = (
        late_days.usable(services.store, services.course, slug, list(user_ids)) if user_ids else {}
    )
    manifest = assignment.manifest
    own = {}
    if user_ids and not services.course.edits(slug).only_for_everybody:
        own = services.course.load_for(slug, user_ids)
    return Rules(manifest.schedule, manifest.rubric, assignment.release, usable, own)


def release(services: context.Services, slug: str, reader: rows.User) -> models.Release | None:
    """What decides what this reader sees today; None when the assignment is gone or broken."""
    try:
        own = services.course.load_for(slug, [reader.id])
        return own[reader.id].release if reader.id in own else services.course.load(slug).release
    except errors.SuiteError:
        return None


def _lateness(today: Rules, submission: rows.Submission | rows.SubmissionRow) -> schedule.Lateness:
    """What a submission's lateness costs its student."""
    return schedule.lateness_of(
        today.dates_of(submission.student_id),
        submission.extension,
        submission.created_at,
        today.late_days.get(submission.student_id, 0),
        can_be_late=submission.can_be_late,
    )


def _for_reader(
    services: context.Services,
    user: rows.User,
    submission: rows.Submission | rows.SubmissionRow,
    whole: models.Report,
    given: Mapping[str, final_score.Mark],
    today: Rules,
) -> StudentReport:
    own = today.release_of(user.id)
    shown = _cut(services, user, whole, own)
    # Marks are released with the grades.
    published = permissions.is_staff(user.role) or (own or whole.release).is_published(_now())
    shown = final_score.with_marks(shown, given if published else {}, today.rubric)
    lateness = _lateness(today, submission)
    totals = final_score.of_report(shown, lateness.penalty)
    return StudentReport(shown, totals, lateness.late_days)


def _cut(
    services: context.Services,
    user: rows.User,
    whole: models.Report,
    release: models.Release | None,
) -> models.Report:
    # What was released on the day of the grading still is where the assignment is gone.
    current = dataclasses.replace(whole, release=release or whole.release)
    return services.views.redact(current, permissions.audience(user.role), _now())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
