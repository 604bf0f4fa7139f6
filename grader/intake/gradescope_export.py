"""Gradescope's "Export submissions": who submitted which folder, and when. Pure.

Owns the reading of its `submission_metadata.yml`, which stands next to folders `submission_1234`.
What is done with a student's files is `grader.intake.bulk_archive`'s.
"""

import datetime
from dataclasses import dataclass
from typing import Any

import yaml

from grader import errors, wording
from grader.course import person_names

METADATA = "submission_metadata.yml"
MAX_METADATA_BYTES = 20 * wording.MB


@dataclass(frozen=True, slots=True)
class Submitted:
    """Who submitted a folder, as a label ("" where nobody is named), and when Gradescope had it."""

    label: str
    at: datetime.datetime | None


def read(metadata: bytes) -> dict[str, Submitted]:
    """Folder -> who and when.

    Raises:
        UploadRefused: the metadata cannot be read.
    """
    try:
        entries = yaml.load(metadata, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        raise errors.UploadRefused(f"{METADATA} cannot be read: {str(exc)[:200]}") from exc
    if not isinstance(entries, dict):
        raise errors.UploadRefused(f"{METADATA} names no submissions; export them again.")
    return {
        folder: Submitted(_label(entry), _moment(entry))
        for folder, entry in entries.items()
        if isinstance(folder, str) and isinstance(entry, dict)
    }


def _label(entry: dict[Any, Any]) -> str:
    """All submitters: each by address, else by number, else by name."""
    listed = entry.get(":submitters")
    people = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    names = (one.get(":email") or one.get(":sid") or one.get(":name") for one in people)
    # Aliases make lists of lists that would take more text than there is memory.
    texts = [person_names.normal(str(n)) for n in names if n and isinstance(n, str | int)]
    return person_names.SHARED.join(texts)


def _moment(entry: dict[Any, Any]) -> datetime.datetime | None:
    """When it was submitted; YAML's times without a zone are UTC."""
    at = entry.get(":created_at")
    if not isinstance(at, datetime.datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
