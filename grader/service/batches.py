"""A batch: many students' work handed in as one; each becomes a submission of its own.

Owns the making of batches. Which file is whose is `grader.bundle`'s, what one upload may be
`grader.intake`'s, what becomes of it `grader.jobs`'s.
"""

import uuid
from collections.abc import Iterable, Sequence

from grader import bundle, errors, jobs, unbundle
from grader import intake as intake_rules
from grader.store import blobs, database, groups, rows

split = unbundle.split  # never in this process


def accept(
    store: database.Database,
    uploads: blobs.Blobs,
    intake: jobs.IntakePort,
    group: rows.NewGroup,
    who: str,
    parts: Iterable[tuple[str, bundle.Files]],
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
