"""A batch: many students' work submitted as one; each becomes a submission of its own.

Owns the making of batches and the table of one. Which file is whose is `intake.bulk_archive`'s,
what one upload may be `grader.intake.uploads`'s, what becomes of it `grader.service.run_grader`'s.
"""

import uuid
from collections.abc import Sequence

from grader import errors
from grader.assignment import lateness
from grader.assignment import manifest as assignments
from grader.confined import reader
from grader.exchange import csv_table
from grader.intake import bulk_archive, uploads, writeup
from grader.service import bulk_operations, context, jobs
from grader.store import batches as stored
from grader.store import rows

KIND = "batch"
MAX_REASON = 200  # characters kept of the archive's name

Files = Sequence[tuple[str, bytes]]


def accept(
    services: context.Services, user: rows.User, slug: str, files: Files, key: str | None
) -> rows.BulkOperation:
    """Store a batch and queue its grading; each upload becomes a submission or has its reasons.

    Args:
        key: the sender's; the same archive under the same key is accepted once.

    Raises:
        UploadRefused: not one archive of many students' work.
        Conflict: the key was used for another batch.
    """
    if len(files) != 1:
        raise errors.UploadRefused("Send one zip with all the work in it, not several files.")
    ((name, archive),) = files
    manifest = services.course.load(slug).manifest
    batch = rows.NewBulkOperation(
        id=uuid.uuid4(),
        kind=KIND,
        assignment=slug,
        user_id=user.id,
        reason=name[:MAX_REASON],
        idempotency_key=key,
        content_sha256=uploads.digest(slug, files),
    )
    with reader.Reader() as confined:  # never in this process
        items = [_item(services, batch, manifest, work) for work in confined.split(archive)]
    made, content = stored.add(services.store, batch, user.title, items, jobs.enqueue_all)
    if content != batch.content_sha256:
        raise errors.Conflict("This Idempotency-Key was used for another batch; use a new key.")
    return bulk_operations.find(services, KIND, str(made))


def table(services: context.Services, batch_id: str) -> str:
    """A CSV line for each upload: state, points in all and of each task, reasons.

    Raises:
        NotFound: there is no such batch.
    """
    batch = bulk_operations.find(services, KIND, batch_id)
    items = stored.items(services.store, batch.id)
    lines = [csv_table.Line(i.name, i.state.value, i.reasons, i.report) for i in items]
    return csv_table.to_csv(lines)


def _item(
    services: context.Services,
    batch: rows.NewBulkOperation,
    manifest: assignments.Manifest,
    work: bulk_archive.Work,
) -> stored.NewItem:
    if work.faults:
        return stored.NewItem(work.name, None, work.faults)
    try:
        packed = services.intake.inspect(batch.assignment, work.files)
    except errors.UploadRefused as exc:
        return stored.NewItem(work.name, None, exc.reasons)
    submission = rows.NewSubmission(
        id=uuid.uuid4(),
        user_id=batch.user_id,
        assignment=batch.assignment,
        upload_sha256=services.uploads.put(packed),
        upload_bytes=len(packed),
        content_sha256=uploads.digest(batch.assignment, work.files),
        label=work.name,
        submitted_at=work.submitted_at,
        received=_received(work),
        writeup_sha256=writeup.fingerprint(packed, manifest),
    )
    return stored.NewItem(work.name, submission)


def _received(work: bulk_archive.Work) -> lateness.Received:
    if work.submitted_at:
        return lateness.Received.ELSEWHERE
    return lateness.Received.LATE_ELSEWHERE if work.late else lateness.Received.HERE
