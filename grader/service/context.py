"""What the use cases work with: the database, uploads, intake, reports and settings of one process.

Owns this one value; the composition root (`grader.app`) makes it, routes and pages pass it on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.lti import connections
from grader.notify import channels as ways
from grader.service import course, metrics, ports
from grader.store import blobs, database, run_events


@dataclass(frozen=True, slots=True)
class Services:
    """What routes, pages and use cases are handed.

    Attributes:
        workers: runs graded at once by a worker, for the estimate of waiting times.
        max_batch_mb: of one archive with many students' work.
        checks: part of the service -> raises OperatorError when it is not ready.
        channels: the ways out that messages take.
        lti: what this process knows of learning platforms.
        metrics_token: who reads the metrics must send it; empty: this machine alone may.
    """

    course: course.Course
    store: database.Database
    uploads: blobs.Blobs
    intake: ports.IntakePort
    views: ports.ReportViews
    notices: run_events.Notices
    workers: int
    max_batch_mb: float
    checks: Mapping[str, Callable[[], None]]
    counts: metrics.Metrics = field(default_factory=metrics.Metrics)
    metrics_token: str = ""
    channels: ways.Channels = field(default_factory=ways.Channels)
    lti: connections.LmsConnections = field(default_factory=connections.LmsConnections)
