"""All submissions of a homework as one zip with a manifest, for staff.

Owns which submissions are in it and what the manifest says. Each upload is in it as it was sent, a
zip in the zip: nothing of it is unpacked here.
"""

import csv
import enum
import io
import re
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import IO

from grader import errors, models
from grader.course import person_names
from grader.exchange import csv_table
from grader.service import context, gradebook
from grader.store import all_submissions as stored

COLUMNS = (
    *("file", "student", "name", "submission", "submitted", "state", "points of tests"),
    *("counts", "version", "sha256", "note"),
)
NOT_GRADABLE = (
    models.SubmissionState.REFUSED,
    models.SubmissionState.CANCELLED,
    models.SubmissionState.SUPERSEDED,
)
SUPERSEDED = "a newer upload took its place before it was graded, so its files are not kept"


class WhichSubmissions(enum.StrEnum):
    """Which of each student's submissions are wanted."""

    LATEST = "latest"  # the newest that was not refused, cancelled or superseded
    COUNTING = "counting"  # the one whose points stand in the gradebook
    ALL = "all"


def write(
    services: context.Services, slug: str, which: WhichSubmissions, target: IO[bytes]
) -> None:
    """Write the zip; one upload at a time is in memory.

    Raises:
        AssignmentNotFound: there is no such homework.
    """
    counting = _counting(services, slug)
    chosen = _chosen(stored.listed(services.store, slug), which, counting)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for one in chosen:
            name, note = _add(services, archive, one)
            writer.writerow(_cells(one, name, note, counts=one.id in counting))
        archive.writestr("manifest.csv", table.getvalue())


def _counting(services: context.Services, slug: str) -> set[uuid.UUID]:
    manifest = services.course.load(slug).manifest
    entries = gradebook.entries(services.store, services.course, manifest)
    return {entry.submission.id for entry in entries if entry.submission}


def _chosen(
    found: Sequence[stored.StoredSubmission], which: WhichSubmissions, counting: set[uuid.UUID]
) -> Iterable[stored.StoredSubmission]:
    match which:
        case WhichSubmissions.COUNTING:
            return [one for one in found if one.id in counting]
        case WhichSubmissions.LATEST:
            latest = {
                student: one.id
                for one in sorted(found, key=lambda one: one.created_at)
                for student in person_names.members(one.student)
                if one.state not in NOT_GRADABLE
            }
            return [one for one in found if one.id in latest.values()]
    return found


def _add(
    services: context.Services, archive: zipfile.ZipFile, one: stored.StoredSubmission
) -> tuple[str, str]:
    """Put an upload into the zip; its name there, and why it is not there."""
    if one.state is models.SubmissionState.SUPERSEDED:
        return "", SUPERSEDED
    student = re.sub(r"[^A-Za-z0-9._-]+", "_", one.student)[:60].lstrip(".") or "_"
    name = f"{student}/{one.created_at:%Y%m%d-%H%M%S}-{str(one.id)[:8]}.zip"
    try:
        content = services.uploads.get(one.upload_sha256)
        archive.writestr(zipfile.ZipInfo(name, one.created_at.timetuple()[:6]), content)
    except errors.StoreUnavailable as exc:
        return "", str(exc)
    return name, ""


def _cells(one: stored.StoredSubmission, name: str, note: str, *, counts: bool) -> list[str]:
    points = "" if one.score is None else f"{float(Fraction(one.score)):g}"
    cells = (
        *(name, one.student, "" if one.by_staff else one.full_name, str(one.id)),
        *(one.created_at.isoformat(), one.state.value, points, "yes" if counts else "no"),
        *("" if one.version is None else str(one.version), one.upload_sha256, note),
    )
    return [csv_table.text(text) for text in cells]
