"""Publishing a homework: taking a bundle in, its versions, comparing two, making one live.

Owns the use cases. The format of a bundle is `grader.assignment.bundle`'s, its check
`version_check`'s, which files are in force `published`'s.
"""

import enum
from dataclasses import dataclass
from typing import Final

from grader import errors
from grader.assignment import bundle, bundle_diff, readable_bundle
from grader.assignment import manifest as assignments
from grader.course import permissions
from grader.service import context, courses, jobs, rubric_losses
from grader.store import rows
from grader.store import versions as stored

MAX_NOTE: Final = 1000


@dataclass(frozen=True, slots=True)
class Publication:
    """How somebody publishes.

    Attributes:
        slug: that the bundle must be of; any, if empty.
        hold: it waits for somebody to make it live, also when it passes its check.
        insist: it becomes live whatever the check finds.
    """

    slug: str = ""
    note: str = ""
    hold: bool = False
    insist: bool = False


class Sent(enum.StrEnum):
    """What became of the files that somebody published."""

    NEW = "new"  # they are a new version
    LIVE = "live"  # they are the newest version's, which went live by this
    NOTED = "noted"  # the same, and its note or the wish when it goes live is another
    SAME = "same"  # the same, and nothing has changed


@dataclass(frozen=True, slots=True)
class PublishResult:
    """A version, and what became of the files that were sent for it."""

    version: stored.HomeworkVersion
    sent: Sent


def publish(
    services: context.Services, user: rows.User, content: bytes, wanted: Publication
) -> PublishResult:
    """Keep a bundle as the next version and have it checked.

    Equal files are no new version; the note and the wish are applied to the one that there is.

    Raises:
        UploadRefused: it is no bundle, or its manifest or tests cannot be read.
        NotValid: it is of another homework, the note is too long, or the wishes contradict.
        Conflict: another course has a homework of this name.
    """
    if len(wanted.note) > MAX_NOTE:
        raise errors.NotValid(f"A note has at most {MAX_NOTE} characters.")
    if wanted.hold and wanted.insist:
        raise errors.NotValid("Choose one: hold it back, or make it live whatever is found.")
    found = bundle.read(content)
    if wanted.slug and found.slug != wanted.slug:
        raise errors.NotValid(f"This is a bundle of {found.slug}, not of {wanted.slug}.")
    manifest, suite_version = readable_bundle.look(found)
    _place(services, user, found.slug)
    packed = found.content()
    new = stored.NewVersion(
        assignment=found.slug,
        sha256=services.uploads.put(packed),
        bytes=len(packed),
        suite_version=suite_version,
        title=manifest.title,
        note=wanted.note.strip(),
        hold=wanted.hold,
        insist=wanted.insist,
    )
    added = stored.add(services.store, new, user.title, jobs.enqueue_check)
    return PublishResult(added.version, Sent.NEW) if added.is_new else _again(services, user, added)


def _again(services: context.Services, user: rows.User, added: stored.Added) -> PublishResult:
    """Put a version in force whose files were sent again, if its check and the wish allow it."""
    version, noted = added.version, Sent.NOTED if added.noted else Sent.SAME
    if version.live or version.hold or version.checked_at is None:
        return PublishResult(version, noted)
    try:
        live = make_live(services, user, version.assignment, version.number, insist=version.insist)
    except errors.Conflict:
        return PublishResult(version, noted)
    return PublishResult(live, Sent.LIVE)


def said_of(version: stored.HomeworkVersion, sent: Sent) -> str:
    """What somebody reads who sent the files of a version that there was; empty for a new one."""
    if sent is Sent.NEW:
        return ""
    if sent is Sent.LIVE:
        return f"These are the files of version {version.number}; it is live now."
    if version.live:
        changed = "Its note has changed." if sent is Sent.NOTED else "Nothing has changed."
        return f"These are the files of version {version.number}, which is live already. {changed}"
    return f"These are the files of version {version.number}. {_why_not_live(version)}"


def _why_not_live(version: stored.HomeworkVersion) -> str:
    if version.checked_at is None:
        then = "whatever is found" if version.insist else "if it passes"
        waits = "It waits for somebody to make it live." if version.hold else ""
        return waits or f"It goes live after its check, {then}."
    if version.hold:
        return "It waits for somebody to make it live."
    return "It is not live, because something was found; fix that, or insist."


def _place(services: context.Services, user: rows.User, slug: str) -> None:
    """Put a new homework into the course that the user publishes in."""
    home = user.member.course_of(slug)
    if home == user.course:
        return
    in_folder = slug in assignments.slugs(services.course.folder.path)  # also one with a fault
    if in_folder or not stored.claim(services.store, slug, user.course, user.title):
        raise errors.Conflict(f"Another course has a homework {slug!r}; choose another name.")


def not_live(services: context.Services, user: rows.User) -> list[stored.HomeworkVersion]:
    """The newest version of each homework that students do not see, where the user instructs."""
    if not courses.taught(user):
        return []
    own = [one for one in stored.never_live(services.store) if _may_publish(user, one.assignment)]
    slugs = {one.assignment for one in own}
    in_force = services.course.slugs(lambda slug: slug in slugs)  # from the folder
    return [one for one in own if one.assignment not in in_force]


def is_waiting(services: context.Services, user: rows.User, slug: str) -> bool:
    """Whether a homework that students do not see has versions which this user may see."""
    if not _may_publish(user, slug):
        return False
    try:
        services.course.load(slug)
    except errors.SuiteError:
        return bool(stored.listed(services.store, slug))
    return False


def _may_publish(user: rows.User, slug: str) -> bool:
    role = user.member.role_in(user.member.course_of(slug))
    return role is not None and permissions.is_instructor(role)


def listed(services: context.Services, slug: str) -> list[stored.HomeworkVersion]:
    """All versions, newest first.

    Raises:
        NotFound: neither a version nor a homework of this slug.
    """
    found = stored.listed(services.store, slug)
    if not found and slug not in services.course.slugs():
        raise errors.NotFound(f"There is no homework {slug!r}, and no version of one.")
    return found


@dataclass(frozen=True, slots=True)
class InForce:
    """Where a homework's files come from at this moment.

    Attributes:
        number: of the version in force; None where it is not kept (yet).
        live: whether that is a published one.
        in_folder: whether the course's folder on the service's machine has this homework.
        fault: what is wrong with the folder's files as they stand.
    """

    number: int | None
    live: bool
    in_folder: bool
    fault: str = ""


def in_force(services: context.Services, slug: str) -> InForce:
    """Which version is in force, and whether the course's folder is."""
    folder = services.course.folder
    in_folder = slug in assignments.slugs(folder.path)
    live = next((one for one in stored.listed(services.store, slug) if one.live), None)
    if live is not None:
        return InForce(live.number, True, in_folder)
    if not in_folder or folder.published is None:
        return InForce(None, False, in_folder)
    fault = services.course.faults().get(slug, "")
    try:
        number = folder.published.of_folder.number_of(folder.load(slug))
    except errors.SuiteError:  # there never was a good one
        number = None
    return InForce(number, False, in_folder, fault)


def find(services: context.Services, slug: str, number: int) -> stored.HomeworkVersion:
    """One version.

    Raises:
        NotFound: there is none.
    """
    found = stored.find(services.store, slug, number)
    if found is None:
        raise errors.NotFound(f"There is no version {number} of {slug}.")
    return found


def content(services: context.Services, slug: str, number: int) -> bytes:
    """A version's bundle."""
    return services.uploads.get(find(services, slug, number).sha256)


def compare(
    services: context.Services, slug: str, older: int, newer: int
) -> bundle_diff.VersionChanges:
    """Which tasks, tests and files differ between two versions."""
    both = [bundle.read(content(services, slug, number)) for number in (older, newer)]
    return bundle_diff.changes(*both)


def losses(services: context.Services, version: stored.HomeworkVersion) -> tuple[str, ...]:
    """What a version would do to marks and results if it went live now; see `rubric_losses`."""
    if version.live:
        return ()
    try:
        new = bundle_diff.manifest_of(bundle.read(services.uploads.get(version.sha256)))
    except errors.SuiteError:
        return ()
    return rubric_losses.losses(services.store, services.course.folder, new)


def make_live(
    services: context.Services, user: rows.User, slug: str, number: int, *, insist: bool = False
) -> stored.HomeworkVersion:
    """Put a version in force, a newer one or an older one again.

    Args:
        insist: also when it has findings, or changes points that people have.

    Raises:
        NotFound: there is no such version.
        Conflict: it is not checked yet, has findings, or changes points that people have.
    """
    version = find(services, slug, number)
    if not insist and version.checked_at is None:
        raise errors.Conflict(f"Version {number} is not checked yet; wait for it, or insist.")
    if not insist and version.findings:
        count = len(version.findings)
        raise errors.Conflict(
            f"Its check found {count} thing{'s' if count > 1 else ''}; fix them, or insist."
        )
    if not insist and (lost := losses(services, version)):
        raise errors.Conflict(f"{' '.join(lost)} Go back on that in another version, or insist.")
    stored.make_live(services.store, version, user.title)
    services.course.read_again()
    return find(services, slug, number)


def require_gradable(services: context.Services, slug: str, number: int) -> None:
    """Let a version pass that a regrade may name: it was checked, and is sound or was live.

    Raises:
        NotFound: there is no such version.
        NotValid: it was not checked, or has findings and was never live.
    """
    version = find(services, slug, number)
    if version.checked_at is None and version.live_at is None:
        raise errors.NotValid(f"Version {number} of {slug} is not checked yet; wait for it.")
    if version.findings and version.live_at is None:
        raise errors.NotValid(
            f"The check of version {number} of {slug} found something; choose another, or make it "
            "live in spite of that first."
        )


def gradable(services: context.Services, slug: str) -> list[int]:
    """The versions that a regrade may name besides the live one, newest first."""
    return [
        one.number
        for one in stored.listed(services.store, slug)
        if not one.live and (one.live_at or (one.checked_at and not one.findings))
    ]


def outdated(services: context.Services, slug: str) -> int:
    """How many of the submissions that count were graded by other tests than those in force."""
    number = in_force(services, slug).number
    now = stored.find(services.store, slug, number) if number else None
    return stored.graded_by_others(services.store, slug, now.suite_version) if now else 0
