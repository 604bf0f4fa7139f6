"""Who marks what: dividing an assignment's tasks among TAs and instructors, and how far they are.

Owns the use cases. How work is divided is `grader.course.marking_shares`'s.
"""

import collections
from collections.abc import Sequence
from dataclasses import dataclass

from grader import errors, wording
from grader.course import marking_list, person_names
from grader.course import marking_shares as rules
from grader.service import context, marks
from grader.store import listings, rows
from grader.store import marking_shares as stored


@dataclass(frozen=True, slots=True)
class MarkerProgress:
    """Somebody who may mark: how many marks are theirs to give, and how many of them are left."""

    login: str
    full_name: str
    given: int
    left: int


def progress(
    services: context.Services,
    slug: str,
    whole: Sequence[marking_list.Unmarked] | None = None,
) -> Sequence[MarkerProgress]:
    """Everybody who may mark, TAs first.

    Args:
        whole: all that is left to mark, where the caller has it already.
    """
    services.course.load(slug)
    shares = stored.shares(services.store, slug)
    given = collections.Counter(shares.values())
    left = collections.Counter[str]()
    for one in marks.unmarked(services, slug) if whole is None else whole:
        left.update(one.markers)
    return [
        MarkerProgress(one.name, one.full_name, given[one.name], left[one.name])
        for one in stored.markers(services.store, slug)
    ]


def of_work(services: context.Services, upload: listings.Upload) -> dict[str, str]:
    """Task -> the login of whoever a submission was given to; a team's goes by its first one."""
    people = person_names.members(upload.student)
    found = stored.shares_of(services.store, upload.assignment, people)
    return {task: marker for (task, _), marker in found.items()}


def divide(
    services: context.Services,
    user: rows.User,
    slug: str,
    markers: Sequence[str],
    task: str = "",
    section: str = "",
    *,
    again: bool = False,
) -> int:
    """Give everything left to mark that has no marker yet to these; how many marks that is.

    Args:
        markers: logins; none of them, together with `again`, takes all shares back.
        task: only this one.
        section: only its people.
        again: also what has a marker already.

    Raises:
        NotFound: no such task.
        NotValid: nobody to give it to, or somebody who may not mark.
    """
    names = list(dict.fromkeys(markers))
    known = [one.name for one in stored.markers(services.store, slug)]
    if strange := [name for name in names if name not in known]:
        raise errors.NotValid(
            f"{wording.listed(strange)} cannot mark; these can: {wording.listed(known)}."
        )
    if not names and not again:
        raise errors.NotValid("Choose at least one person who marks.")
    left = marks.unmarked(services, slug, task, section)
    given = rules.divided(left, names, again=again) if names else {}
    taken = () if names else [pair for one in left for pair in _pairs(one)]
    counts = collections.Counter(given.values())
    detail = {"task": task, "section": section, "again": again, "given": dict(counts)}
    if given or taken:
        stored.divide(services.store, slug, given, taken, user.title, detail)
    return len(given) or len(taken)


def _pairs(one: marking_list.Unmarked) -> list[tuple[str, str]]:
    return [(task, one.person.login) for task in one.tasks]
