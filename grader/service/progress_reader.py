"""What a run's progress tells a reader: the events that `progress_writer` wrote, cut for them.

Owns which events a reader is shown, by the report's own rule: a student is told of a test what the
report will show. Does not own the stream of them (`grader.http.event_stream`).
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from grader import models
from grader.course import permissions
from grader.service import context, reports
from grader.store import codec, rows, run_events

MOST_AT_ONCE = run_events.AT_ONCE


@dataclass(frozen=True, slots=True)
class ShownTest:
    """What one test said to one reader, before there are points."""

    attempt: int
    name: str
    task: str
    verdict: models.Verdict
    message: str
    output: str
    hint: str


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """An event of a run; `data` is what this reader is shown of it, None for nothing."""

    id: int
    kind: str
    data: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """Phases of an attempt that have ended, and its tests so far, in order."""

    phases: tuple[models.Phase, ...]
    tests: tuple[ShownTest, ...]


def since(
    services: context.Services, user: rows.User, submission: rows.Submission, after: int
) -> list[ShownEvent]:
    """The run's next events behind the one with the id `after`; at most `MOST_AT_ONCE`."""
    events = run_events.since(services.store, submission.run_id, after)
    rules = _release(services, submission.assignment, user) if events else models.Release()
    return [ShownEvent(e.id, e.kind, _shown(services, user, rules, e)) for e in events]


def of_attempt(
    services: context.Services, user: rows.User, submission: rows.Submission
) -> RunProgress:
    """What the attempt that is running has shown this reader so far."""
    events = list(_of_attempt(services, submission))
    rules = _release(services, submission.assignment, user) if events else models.Release()
    phases = [json.loads(e.data)["phase"] for e in events if e.kind == "phase"]
    tests = [_shown_test(services, user, rules, e) for e in events if e.kind == "test"]
    return RunProgress(
        tuple(models.Phase(phase) for phase in phases), tuple(test for test in tests if test)
    )


def _of_attempt(services: context.Services, submission: rows.Submission) -> Iterator[rows.Event]:
    after, more = 0, submission.state is models.SubmissionState.RUNNING
    while more:
        events = run_events.since(services.store, submission.run_id, after)
        yield from (event for event in events if event.attempt == submission.attempt)
        more = len(events) == MOST_AT_ONCE
        after = events[-1].id if events else after


def _release(services: context.Services, slug: str, reader: rows.User) -> models.Release:
    """Today's rules; without an assignment only what was always visible is shown."""
    return reports.release(services, slug, reader) or models.Release()


def _shown(
    services: context.Services, user: rows.User, rules: models.Release, event: rows.Event
) -> dict[str, Any] | None:
    if event.kind != "test":
        return {"attempt": event.attempt, **json.loads(event.data)}
    test = _shown_test(services, user, rules, event)
    return asdict(test) if test else None


def _shown_test(
    services: context.Services, user: rows.User, rules: models.Release, event: rows.Event
) -> ShownTest | None:
    audience = permissions.audience(user.role)
    tested = codec.tested(event.data)
    result = services.views.redact_test(tested, rules, audience, datetime.now(UTC))
    if result is None:
        return None
    return ShownTest(
        attempt=event.attempt,
        name=result.name,
        task=result.task,
        verdict=result.verdict,
        message=result.message,
        output=result.output,
        hint=result.hint,
    )
