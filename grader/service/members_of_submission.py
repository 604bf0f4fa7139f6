"""What a submission is for each of those whose work it is: points after their own lateness, and
whether it counts for them. For staff; a student reads their own on the submission's page.

Owns asking for each; the rules are `reports`' and `counting`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from grader.scoring import final_score
from grader.service import context, counting, reports
from grader.store import excusals, rows, users
from grader.store import submissions as stored


@dataclass(frozen=True, slots=True)
class MemberResult:
    """One of a team.

    Attributes:
        totals: None while there is no report.
        late_days: that it spends of theirs.
        counts: it is this submission that counts for them.
        excused: the homework does not.
    """

    login: str
    totals: final_score.Totals | None
    late_days: int
    counts: bool
    excused: bool = False


def results(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> Sequence[MemberResult]:
    """Of each whose work it is; none for the work of one person."""
    if len(submission.owners) < 2:
        return ()
    excused = excusals.reasons(services.store, submission.assignment, submission.owners)
    found = [
        replace(one, excused=owner in excused)
        for owner in submission.owners
        if (one := _result(services, user, submission, owner))
    ]
    return sorted(found, key=lambda one: one.login)


def _result(
    services: context.Services, user: rows.User, submission: rows.Submission, owner: int
) -> MemberResult | None:
    person = users.by_id(services.store, owner)
    theirs = stored.get(services.store, submission.id, counting.viewer(owner)) if person else None
    if person is None or theirs is None:
        return None
    shown = reports.of_submission(services, user, theirs)
    if shown is None:
        return MemberResult(person.name, None, 0, counts=False)
    instead = counting.instead_of(services, theirs, counting.history(services, theirs))
    return MemberResult(person.name, shown.totals, shown.late_days, counts=instead is None)
