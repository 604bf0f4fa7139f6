"""What a report comes to for its reader: redacted, with marks, after the late penalty.

Owns the order of these three and the queries they need; each is a pure function elsewhere
(`scoring.redact`, `totals`, `policies`). Routes and pages ask here, so that they say the same.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import assignment as assignments
from grader import errors, models, policies, totals
from grader.api import context
from grader.store import marks, rows, submissions


@dataclass(frozen=True, slots=True)
class Told:
    """A report as its reader may see it, and its totals."""

    report: models.Report
    totals: totals.Totals


def told(
    here: context.Services, user: rows.User, found: rows.Submission, whole: models.Report
) -> Told:
    """One submission's report for this reader."""
    given = marks.current(here.store, [found.id])[found.id]
    share = penalty(schedule(here, found.assignment), found.created_at, found)
    return _told(here, user, whole, given, share)


def of_list(
    here: context.Services, user: rows.User, listed: Sequence[rows.Listed], slug: str
) -> dict[int, Told]:
    """Run -> what it comes to, for those of a list that have a report; two queries in all."""
    whole = submissions.reports(here.store, [one.run_id for one in listed])
    graded = [one for one in listed if one.run_id in whole]
    given = marks.current(here.store, [one.id for one in graded])
    rules = schedule(here, slug)
    return {
        one.run_id: _told(
            here, user, whole[one.run_id], given[one.id], penalty(rules, one.created_at, one)
        )
        for one in graded
    }


def schedule(here: context.Services, slug: str) -> policies.Schedule:
    """The assignment's schedule; one without dates when the assignment is gone or broken."""
    try:
        return assignments.load(here.course_dir, slug).manifest.schedule
    except errors.SuiteError:
        return policies.Schedule()


def penalty(
    rules: policies.Schedule, handed_in: datetime.datetime, found: rows.Submission | rows.Listed
) -> Fraction:
    """Share of the points taken off a submission."""
    if not found.can_be_late:
        return Fraction(0)
    return policies.penalty(rules, policies.deadlines(rules, found.extension), handed_in)


def _told(
    here: context.Services,
    user: rows.User,
    whole: models.Report,
    given: dict[str, totals.Mark],
    share: Fraction,
) -> Told:
    shown = context.redacted(here, user, whole)
    now = datetime.datetime.now(datetime.UTC)
    if user.sees_all or shown.release.is_published(now):  # marks are released with the grades
        shown = totals.with_marks(shown, given)
    return Told(shown, totals.of_report(shown, share))
