"""A batch: many students' work handed in as one; each becomes a submission of its own.

Owns the making of batches. Which file is whose is `intake.bulk_archive`'s, what one upload may be
`grader.intake.uploads`'s, what becomes of it `grader.service.jobs`'s.
"""

import uuid
from collections.abc import Iterable, Sequence

from grader import errors
from grader.confined import bulk_reader
from grader.intake import bulk_archive
from grader.intake import uploads as intake_rules
from grader.service import jobs
from grader.store import blobs, database, groups, rows

split = bulk_reader.split  # never in this process


def accept(
    store: database.Database,
    uploads: blobs.Blobs,
    intake: jobs.IntakePort,
    group: rows.NewGroup,
    who: str,
    parts: Iterable[tuple[str, bulk_archive.Files]],
) -> tuple[uuid.UUID, str]:
    """Store a batch; each of its uploads becomes a submission or has its reasons.

    Returns:
        Its id and the hash of its content; of an older batch when the key was used before.
    """
    items = [_item(uploads, intake, group, name, files) for name, files in parts]
    return groups.add_batch(store, group, who, items, jobs.enqueue_all)


def _item(
    uploads: blobs.Blobs,
    intake: jobs.IntakePort,
    group: rows.NewGroup,
    name: str,
    files: Sequence[tuple[str, bytes]],
) -> groups.NewItem:
    try:
        packed = intake.inspect(group.assignment, files)
    except errors.UploadRefused as exc:
        return groups.NewItem(name, None, exc.reasons)
    submission = rows.NewSubmission(
        id=uuid.uuid4(),
        user_id=group.user_id,
        assignment=group.assignment,
        upload_sha256=uploads.put(packed),
        upload_bytes=len(packed),
        content_sha256=intake_rules.digest(group.assignment, files),
        label=name,
    )
    return groups.NewItem(name, submission)
