"""Late days over the term: each student's account in a course, and changing it.

The budget of `course.toml` is each course's; what is spent on homeworks of one is not on another's.
Owns which submissions are asked about and what staff may change. Where days go is
`grader.course.late_days`'s. A course without a budget costs no query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader import errors
from grader.assignment import schedule
from grader.course import late_days, memberships
from grader.service import course as courses
from grader.store import database, enrolments
from grader.store import late_days as stored

Homeworks = Sequence[tuple[str, schedule.Schedule]]


@dataclass(frozen=True, slots=True)
class StudentAccount:
    """A student's login and late days."""

    student: str
    account: late_days.LateDayAccount


def accounts(
    store: database.Database,
    course: courses.Course,
    user_ids: Sequence[int] | None = None,
    *,
    of: str = memberships.DEFAULT,
) -> dict[int, StudentAccount]:
    """User -> account, of everybody or of some, by login; none where there is no budget.

    Args:
        of: the course.
    """
    budget = course.late_days(of)
    if not budget.late_days:
        return {}
    slugs = course.slugs(lambda slug: course.home(slug) == of)
    terms = stored.terms(store, of, slugs, user_ids)
    homeworks = _homeworks(course, slugs, list(terms))
    return {
        user_id: StudentAccount(
            term.name,
            late_days.account(budget, term.changed, homeworks[user_id], term.works, term.choices),
        )
        for user_id, term in terms.items()
    }


def _homeworks(
    course: courses.Course, slugs: Sequence[str], user_ids: Sequence[int]
) -> Mapping[int, Homeworks]:
    """User -> the homeworks that can be late, in their order, each by the user's own dates."""
    if all(course.edits(slug).only_for_everybody for slug in slugs):
        everybodys = {slug: course.load(slug).manifest.schedule for slug in slugs}
        return dict.fromkeys(user_ids, late_days.in_order(everybodys))
    own = {slug: course.load_for(slug, user_ids) for slug in slugs}
    return {
        user_id: late_days.in_order(
            {slug: one[user_id].manifest.schedule for slug, one in own.items() if user_id in one}
        )
        for user_id in user_ids
    }


def of_homework(
    store: database.Database,
    course: courses.Course,
    slug: str,
    user_ids: Sequence[int] | None = None,
) -> dict[int, StudentAccount]:
    """The same in the course of a homework."""
    return accounts(store, course, user_ids, of=course.home(slug))


def usable(
    store: database.Database,
    course: courses.Course,
    slug: str,
    user_ids: Sequence[int] | None = None,
) -> dict[int, int]:
    """User -> days that a submission of theirs for this homework may spend."""
    found = of_homework(store, course, slug, user_ids)
    return {user_id: one.account.usable_on(slug) for user_id, one in found.items()}


def usable_by_login(
    store: database.Database, course: courses.Course, slug: str
) -> Mapping[str, int] | None:
    """Login -> the same, of everybody; None where the course has no budget."""
    if not course.late_days(course.home(slug)).late_days:
        return None
    found = of_homework(store, course, slug)
    return {one.student: one.account.usable_on(slug) for one in found.values()}


def change(
    store: database.Database,
    course: courses.Course,
    student: str,
    days: int,
    reason: str,
    who: str,
    *,
    of: str = memberships.DEFAULT,
) -> StudentAccount:
    """Give a student late days, or take some where `days` is negative.

    Raises:
        NotValid: the course has no budget, or `days` is no number that can be meant.
        NotFound: there is no such student.
    """
    if not course.late_days(of).late_days:
        raise errors.NotValid(
            "This course has no late days. Set how many on the course's page of settings, or write "
            "`late_days` under [course] in course.toml."
        )
    if not days or abs(days) > late_days.MOST:
        raise errors.NotValid(
            f"Give or take between 1 and {late_days.MOST} days; a minus sign takes them."
        )
    login = enrolments.login_of(store, of, student)
    user_id = stored.change(store, of, login, days, reason, who)
    if user_id is None:
        raise errors.NotFound(f"There is no student {student!r}; check the login name.")
    return accounts(store, course, [user_id], of=of)[user_id]
