"""The JSON of a homework's versions.

Owns field names and descriptions; decides nothing.
"""

import datetime
from collections.abc import Iterable
from typing import Any, Literal

import pydantic

from grader.assignment import bundle_diff, rubric_diff
from grader.http import request_faults
from grader.service import versions as service
from grader.store import versions

FolderState = Literal["in use", "not in use", "absent"]


class PublishedVersion(pydantic.BaseModel):
    """One published version of a homework."""

    assignment: str
    number: int
    sha256: str = pydantic.Field(description="of the bundle; equal files have an equal one")
    bytes: int
    suite_version: str = pydantic.Field(description="as reports of its gradings name it")
    title: str
    note: str
    state: versions.VersionState
    checked: bool = pydantic.Field(description="false: its check waits or runs")
    findings: list[str] = pydantic.Field(description="what the check found wrong")
    figures: dict[str, Any] = pydantic.Field(description="of the check")
    published_by: str
    published_at: datetime.datetime
    live_at: datetime.datetime | None
    live_by: str
    origin: str = pydantic.Field(description="`published`, or `folder`: kept of the service's own")


class SentVersion(PublishedVersion):
    """A version, and what became of the files that were sent for it."""

    sent: service.Sent = pydantic.Field(
        description="`new`; or the files are this version's already, and it went `live` by this, "
        "or its note or wish was `noted`, or all is the `same`"
    )
    message: str = pydantic.Field(description="the same for people; empty for a new version")


class Versions(pydantic.BaseModel):
    """All versions of a homework, newest first."""

    versions: list[PublishedVersion]
    in_use: int | None = pydantic.Field(description="the number of the version in use")
    folder: FolderState = pydantic.Field(
        description="of the service's own folder: `in use`, `not in use`, `absent`"
    )
    to_regrade: int = pydantic.Field(
        description="submissions whose result is by other tests than those in use"
    )


class ChangedTask(pydantic.BaseModel):
    """A task that two versions have otherwise."""

    task: str
    change: Literal["added", "removed", "changed"]
    text: str = pydantic.Field(description="what changed: points, and whether tests grade it")


class VersionComparison(pydantic.BaseModel):
    """What differs between two versions."""

    older: int
    newer: int
    tests_added: list[str]
    tests_removed: list[str]
    tests_changed: list[str]
    files: list[str] = pydantic.Field(description="other files; helpers, reference, template")
    tasks: list[ChangedTask] = pydantic.Field(description="of the rubric")
    points_before: float | None = pydantic.Field(description="of all tasks; null: cannot be read")
    points_after: float | None


class GoLive(request_faults.SentBody):
    """How a version is made live."""

    insist: bool = pydantic.Field(default=False, description="in spite of findings")


def listed(
    found: Iterable[versions.HomeworkVersion], to_regrade: int, now: service.InForce
) -> Versions:
    """All versions as JSON."""
    folder: FolderState = "not in use" if now.live else "in use"
    return Versions(
        versions=[version(one) for one in found],
        to_regrade=to_regrade,
        in_use=now.number,
        folder=folder if now.in_folder else "absent",
    )


def version(found: versions.HomeworkVersion) -> PublishedVersion:
    """A version as JSON."""
    return PublishedVersion(**_fields(found))


def sent(made: service.PublishResult) -> SentVersion:
    """A version that was sent as JSON."""
    message = service.said_of(made.version, made.sent)
    return SentVersion(**_fields(made.version), sent=made.sent, message=message)


def _fields(found: versions.HomeworkVersion) -> dict[str, Any]:
    plain = {n: getattr(found, n) for n in PublishedVersion.model_fields if n not in DERIVED}
    return plain | {
        "checked": found.checked_at is not None,
        "findings": list(found.findings),
        "figures": dict(found.figures),
    }


DERIVED = ("checked", "findings", "figures")


def comparison(older: int, newer: int, found: bundle_diff.VersionChanges) -> VersionComparison:
    """A comparison as JSON."""
    rubric = found.rubric
    return VersionComparison(
        older=older,
        newer=newer,
        tests_added=list(found.tests_added),
        tests_removed=list(found.tests_removed),
        tests_changed=list(found.tests_changed),
        files=list(found.files),
        tasks=[_task(change) for change in rubric.tasks] if rubric else [],
        points_before=float(rubric.before) if rubric else None,
        points_after=float(rubric.after) if rubric else None,
    )


def _task(change: rubric_diff.TaskChange) -> ChangedTask:
    if change.before is None:
        return ChangedTask(task=change.task, change="added", text=change.words)
    kind: Literal["removed", "changed"] = "changed" if change.after else "removed"
    return ChangedTask(task=change.task, change=kind, text=change.words)
