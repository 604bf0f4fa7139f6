"""The raw log of a submission's runs, as text for staff: moves, phases, tests and reports.

Owns how it is written down. It holds hidden tests and what they print, so it is never a student's.
"""

import json
from collections.abc import Iterator

from grader.service import context, submissions
from grader.store import rows
from grader.store import run_log as stored


def of_submission(services: context.Services, user: rows.User, submission_id: str) -> str:
    """All that is known of a submission's runs.

    Raises:
        NotFound: there is no such submission.
    """
    submission = submissions.find(services, user, submission_id)
    return "\n".join(_lines(services, submission)) + "\n"


def _lines(services: context.Services, submission: rows.Submission) -> Iterator[str]:
    yield f"submission {submission.id} of {submission.assignment}"
    yield f"content sha256 {submission.content_sha256}"
    happened = stored.lines(services.store, submission.id)
    for run in stored.outcomes(services.store, submission.id):
        yield f"\n== run {run.number}{' (counts)' if run.run_id == submission.run_id else ''}"
        if run.version is not None:
            yield f"by version {run.version} of {submission.assignment}"
        for line in happened:
            if line.number == run.number:
                yield f"{line.at.isoformat()} attempt {line.attempt} {line.kind}: {line.said}"
        yield from (f"reason: {reason}" for reason in run.reasons)
        if run.report:
            yield json.dumps(json.loads(run.report), indent=2, ensure_ascii=False)
