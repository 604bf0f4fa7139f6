"""Submit, follow, read: what a terminal, a notebook and a build do with a submission.

Owns the order of requests and one sentence on where a submission stands. Does not own HTTP
(`client.connection`), files (`client.homework`), nor how progress is shown.
"""

import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader import errors, models, wording
from grader.client import connection, homework
from grader.intake import handed_out, uploads

Json = dict[str, Any]
OnBytes = Callable[[int, int], None]  # sent, in all
OnStatus = Callable[[Json], None]
OnTest = Callable[[Json], None]

UNFINISHED = ("queued", "held", "running")
LABELS = {
    "queued": "Waiting",
    "held": "On hold: the course staff paused it",
    "running": "Running",
    "done": "Graded",
    "refused": "Refused",
    "failed": "Not graded: the service or the tests are at fault. The staff can see it; it costs "
    "no attempt",
    "cancelled": "Cancelled",
    "superseded": "Replaced by your newer submission",
}


@dataclass(frozen=True, slots=True)
class OutgoingFiles:
    """What is sent.

    Attributes:
        name: of the file that travels: a zip, or the only file itself.
        names: of the files in it.
        notes: which of them will not be used, as far as it is known here.
    """

    name: str
    content: bytes
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """What is sent, in a few words."""
        listed = wording.shortened(list(self.names), 8, "and {} more")
        return f"{', '.join(listed)} ({wording.megabytes(len(self.content))})"


def prepared(path: Path) -> OutgoingFiles:
    """The upload that a file or a folder becomes.

    Raises:
        UploadRefused: there is nothing to send.
    """
    files = homework.files_to_send(path)
    rules = handed_out.read(path)
    if rules is None:
        return of_files(files)
    return of_files(files, uploads.unused(files, rules.manifest.submission, rules.template))


def of_files(files: Mapping[str, bytes], notes: tuple[str, ...] = ()) -> OutgoingFiles:
    """The upload of these files."""
    name, content = homework.packed(files)
    return OutgoingFiles(name, content, tuple(files), notes)


def listed(service: connection.Connection) -> list[Json]:
    """The homeworks that this person sees."""
    found: list[Json] = service.get("/api/assignments")["assignments"]
    return found


def send(
    service: connection.Connection,
    slug: str,
    upload: OutgoingFiles,
    on_bytes: OnBytes | None = None,
) -> Json:
    """Submit; where the new submission stands.

    Raises:
        UploadRefused: the upload breaks a rule, the homework is closed, no attempt is left.
    """
    path, key = f"/api/assignments/{slug}/submissions", str(uuid.uuid4())

    def part() -> tuple[str, io.BytesIO]:
        return upload.name, _Counted(upload.content, on_bytes)

    try:
        return service.upload(path, part, key)
    except errors.NotAllowed as exc:
        if "token" in str(exc).lower():
            raise
        raise errors.UploadRefused(str(exc)) from exc  # closed, or not open yet


def follow(
    service: connection.Connection,
    submission_id: str,
    on_status: OnStatus,
    on_test: OnTest = lambda _test: None,
) -> Json:
    """Wait until a submission is graded; where it stands then."""
    status = service.get(f"/api/submissions/{submission_id}")
    on_status(status)
    if status["state"] in UNFINISHED:
        for event in service.events(f"/api/submissions/{submission_id}/events"):
            if event.kind == "status":
                status = event.data
                on_status(status)
            elif event.kind == "test":
                on_test(event.data)
        status = service.get(f"/api/submissions/{submission_id}")
    return status


def report(service: connection.Connection, submission_id: str, *, as_student: bool = False) -> Json:
    """The report of a submission.

    Args:
        as_student: for staff: as its student sees it.

    Raises:
        Conflict: there is none, or none yet; its facts have the state.
    """
    asked = {"as_student": "true"} if as_student else {}
    return service.get(f"/api/submissions/{submission_id}/report", **asked)


def latest(service: connection.Connection, slug: str) -> str:
    """The id of this person's newest submission.

    Raises:
        NotFound: they have none.
    """
    found = service.get(f"/api/assignments/{slug}/submissions", limit=1)["submissions"]
    if not found:
        raise errors.NotFound(f"You have not submitted {slug} yet.")
    return str(found[0]["id"])


def page(service: connection.Connection, submission_id: str) -> str:
    """The address of a submission's page."""
    return f"{service.url}/submissions/{submission_id}"


def in_words(status: Json) -> str:
    """Where a submission stands, in one sentence without an end."""
    state = str(status["state"])
    if state == models.SubmissionState.QUEUED:
        place = f", number {status['position']} in the queue" if status["position"] else ""
        return f"Waiting{place}{_wait(status['eta_s'])}"
    if state == models.SubmissionState.RUNNING:
        done, total = status["progress"]["done"], status["progress"]["total"]
        return f"Running: {done} of {total} tests" if total else "Starting"
    return LABELS.get(state, state)


def said(status: Json) -> list[str]:
    """All that is said of a submission without a report: where it stands, why, notes."""
    return [in_words(status), *status["reasons"], *notes(status)]


def notes(status: Json) -> list[str]:
    """What is noted on the files of a submission; an older service says nothing of it here."""
    return [str(note) for note in status.get("notes", ())]


def _wait(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f", about {max(round(seconds), 1)} s left"
    return f", about {round(seconds / 60)} min left"


class _Counted(io.BytesIO):
    """Bytes that say how many of them have been read."""

    def __init__(self, content: bytes, on_bytes: OnBytes | None) -> None:
        super().__init__(content)
        self._total, self._on_bytes = len(content), on_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        if self._on_bytes:
            self._on_bytes(self.tell(), self._total)
        return part
