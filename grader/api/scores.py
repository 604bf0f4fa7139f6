"""What a report comes to for its reader: redacted, with marks, after the late penalty.

Owns the order of these three and the queries they need; each is a pure function elsewhere
(`scoring.redact`, `totals`, `policies`). Routes and pages ask here, so that they say the same.
"""

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from grader import errors, models
from grader.api import dependencies
from grader.assignment import manifest as assignments
from grader.assignment import schedule as assignment_schedule
from grader.scoring import final_score
from grader.store import marks, rows, submissions


@dataclass(frozen=True, slots=True)
class Told:
    """A report as its reader may see it, and its totals."""

    report: models.Report
    totals: final_score.Totals


@dataclass(frozen=True, slots=True)
class Rules:
    """What an assignment says today; `release` is None when it is gone or broken."""

    schedule: assignment_schedule.Schedule = field(default_factory=assignment_schedule.Schedule)
    manual: tuple[models.TaskScore, ...] = ()
    release: models.Release | None = None


def told(
    here: dependencies.Services, user: rows.User, found: rows.Submission, whole: models.Report
) -> Told:
    """One submission's report for this reader."""
    given = marks.current(here.store, [found.id])[found.id]
    known = rules(here, found.assignment)
    return _told(here, user, whole, given, known, penalty(known.schedule, found))


def of_list(
    here: dependencies.Services, user: rows.User, listed: Sequence[rows.Listed], slug: str
) -> dict[int, Told]:
    """Run -> what it comes to, for those of a list that have a report; two queries in all."""
    whole = submissions.reports(here.store, [one.run_id for one in listed])
    graded = [one for one in listed if one.run_id in whole]
    given = marks.current(here.store, [one.id for one in graded])
    known = rules(here, slug)
    return {
        one.run_id: _told(
            here, user, whole[one.run_id], given[one.id], known, penalty(known.schedule, one)
        )
        for one in graded
    }


def of_marks(
    here: dependencies.Services, found: rows.Submission, given: Mapping[str, final_score.Mark]
) -> final_score.Totals | None:
    """What a submission comes to with these marks, for staff; None while it is not graded."""
    whole = submissions.report(here.store, found.run_id)
    if whole is None:
        return None
    known = rules(here, found.assignment)
    marked = final_score.with_marks(whole, given, known.manual)
    return final_score.of_report(marked, penalty(known.schedule, found))


def rules(here: dependencies.Services, slug: str) -> Rules:
    """What the assignment says; without dates when it is gone or broken."""
    try:
        found = assignments.load(here.course_dir, slug)
    except errors.SuiteError:
        return Rules()
    return Rules(found.manifest.schedule, found.manifest.manual, found.release)


def penalty(
    schedule: assignment_schedule.Schedule, found: rows.Submission | rows.Listed
) -> Fraction:
    """Share of the points taken off a submission."""
    if not found.can_be_late:
        return Fraction(0)
    dates = assignment_schedule.deadlines(schedule, found.extension)
    return assignment_schedule.penalty(schedule, dates, found.created_at)


def _told(
    here: dependencies.Services,
    user: rows.User,
    whole: models.Report,
    given: Mapping[str, final_score.Mark],
    known: Rules,
    share: Fraction,
) -> Told:
    # What was released on the day of the grading still is where the assignment is gone.
    current = dataclasses.replace(whole, release=known.release or whole.release)
    now = datetime.datetime.now(datetime.UTC)
    shown = here.views.redact(current, dependencies.audience(user), now)
    # Marks are released with the grades.
    seen = given if user.sees_all or current.release.is_published(now) else {}
    shown = final_score.with_marks(shown, seen, known.manual)
    return Told(shown, final_score.of_report(shown, share))
