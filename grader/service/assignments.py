"""Where somebody stands with an assignment: whether they see it, their dates, their attempts.

Owns which assignments a person sees and what holds for them now. The arithmetic is
`grader.assignment.schedule`'s; extensions and the submission that counts are in `extensions` and
`counting`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.assignment import schedule
from grader.course import late_days as days
from grader.course import permissions
from grader.notify import kinds
from grader.service import context, course_folder, courses, late_days
from grader.store import extensions as stored
from grader.store import notices, rows


@dataclass(frozen=True, slots=True)
class AssignmentStanding:
    """An assignment and what holds for one person now.

    Attributes:
        extension_reason: empty without an extension.
        excused: why the homework does not count for them; None where it does.
        late_days: over the term; None for staff and in a course without any.
    """

    manifest: assignments.Manifest
    terms: schedule.UploadTerms
    extension_reason: str
    excused: str | None
    late_days: days.LateDayAccount | None


def listed(services: context.Services, user: rows.User) -> list[AssignmentStanding]:
    """The assignments of all courses of the user that they see: students those that have opened."""
    slugs = services.course.slugs(lambda slug: _is_of(user, slug))
    manifests = [services.course.load(slug).manifest for slug in slugs]
    return [one for one in standings(services, user, manifests) if _visible(user, one)]


def find(
    services: context.Services, user: rows.User, slug: str, at: datetime | None = None
) -> AssignmentStanding:
    """An assignment that the user may see, and what holds for them, now or at another moment.

    Raises:
        AssignmentNotFound: there is none, or it has not opened for students.
    """
    manifest = services.course.load(slug).manifest
    (standing,) = standings(services, user, [manifest], at)
    if not _visible(user, standing):
        raise errors.AssignmentNotFound(f"{slug} opens later.")
    return standing


def faults(
    services: context.Services, user: rows.User, only: str | None = None
) -> Mapping[str, str]:
    """Assignment -> what is wrong with its files; for its staff only, to others nothing is.

    Args:
        only: the one that is asked about; None for all of theirs.
    """
    if not permissions.is_staff(user.role) and not teaches(user):
        return {}

    def wanted(slug: str) -> bool:
        return only in (None, slug) and courses.teaches(user, slug)

    found = all_faults(services, wanted)
    return {slug: fault for slug, fault in found.items() if wanted(slug)}


def teaches(user: rows.User) -> bool:
    """Whether the user is staff of any course."""
    return any(permissions.is_staff(role) for role in user.member.roles.values())


def all_faults(
    services: context.Services, wanted: course_folder.Wanted = course_folder.everything
) -> Mapping[str, str]:
    """The same, with what workers found that tried the tests, which this process may not do.

    Args:
        wanted: whose files are looked at.
    """
    tried = notices.said(services.store, kinds.StaffKind.BROKEN_SUITES)
    return tried | dict(services.course.faults(wanted))


def standings(
    services: context.Services,
    user: rows.User,
    manifests: Sequence[assignments.Manifest],
    at: datetime | None = None,
) -> list[AssignmentStanding]:
    """What holds for this user now or at a moment, for each assignment; one query in all."""
    now = at or datetime.now(UTC)
    manifests = [_own(services, user, one) for one in manifests]
    since = [
        (one.slug, schedule.day(one.schedule.zone, now)[0], one.team is not None)
        for one in manifests
    ]
    known = stored.standings(services.store, user.id, since)
    accounts = _accounts(services, user, {user.member.course_of(one.slug) for one in manifests})
    return [
        _standing(one, known[one.slug], now, accounts.get(user.member.course_of(one.slug)))
        for one in manifests
    ]


def _accounts(
    services: context.Services, user: rows.User, among: Collection[str]
) -> dict[str, days.LateDayAccount]:
    """Course -> the user's late days in it."""
    found = {}
    for course in among:
        own = late_days.accounts(services.store, services.course, [user.id], of=course)
        if user.id in own:
            found[course] = own[user.id].account
    return found


def _own(
    services: context.Services, user: rows.User, manifest: assignments.Manifest
) -> assignments.Manifest:
    """The manifest with the user's own dates, where they are not everybody's."""
    if permissions.is_staff(user.role) or services.course.edits(manifest.slug).only_for_everybody:
        return manifest
    own = services.course.load_for(manifest.slug, [user.id])
    return own[user.id].manifest if user.id in own else manifest


def allowance(terms: schedule.UploadTerms, at: datetime) -> rows.Allowance | None:
    """How many uploads the rule takes on the course's day of a moment; None for any number."""
    rules = terms.schedule
    if not rules.attempts_per_day:
        return None
    return rows.Allowance(rules.attempts_per_day, *schedule.day(rules.zone, at))


def _standing(
    manifest: assignments.Manifest,
    known: rows.Standing,
    now: datetime,
    account: days.LateDayAccount | None,
) -> AssignmentStanding:
    usable = account.usable_on(manifest.slug) if account else 0
    terms = schedule.terms(manifest.schedule, known.extension, known.attempts, now, usable)
    return AssignmentStanding(manifest, terms, known.reason, known.excused, account)


def _visible(user: rows.User, standing: AssignmentStanding) -> bool:
    opened = standing.terms.window is not models.Window.NOT_OPEN
    return opened or courses.teaches(user, standing.manifest.slug)


def _is_of(user: rows.User, slug: str) -> bool:
    """Whether the user has a part in the homework's course."""
    return user.member.role_in(user.member.course_of(slug)) is not None
