"""What the service counts, in Prometheus' format.

Owns the names of the metrics and their buckets, and is the only user of the client library. Who
may read them is `grader.api.health`'s; what the queue holds is read from the database at each
reading, so every process that serves the API tells the same; the rest is counted where it happens
and told by that process alone.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import prometheus_client as prometheus
from prometheus_client import core, registry

from grader import errors, models
from grader.assignment import manifest
from grader.service import ports
from grader.store import queue

CONTENT_TYPE: Final = prometheus.CONTENT_TYPE_LATEST
RUN_BUCKETS_S: Final = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
WAIT_BUCKETS_S: Final = (0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200)
DONE, REFUSED, SUITE, MACHINE = "done", "refused", "suite", "machine"
ENDS: Final = (DONE, REFUSED, SUITE, MACHINE)


class Metrics:
    """The metrics of one process. Thread-safe."""

    def __init__(self) -> None:
        self._registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)
        self._wait = self._histogram(
            "grader_wait_seconds", "Upload accepted until its grading began.", WAIT_BUCKETS_S
        )
        self._run = self._histogram(
            "grader_run_seconds",
            "Time of a grading by its phase: sandbox, public, hidden, slow, total.",
            RUN_BUCKETS_S,
            "phase",
        )
        self._ended = self._counter(
            "grader_runs_ended", "Gradings by how they ended.", "assignment", "end"
        )
        self._verdicts = self._counter("grader_verdicts", "What tests said.", "verdict")
        self._faults = self._counter(
            "grader_infrastructure_errors", "Gradings broken off by the machine.", "kind"
        )
        self._requests = self._histogram(
            "grader_http_request_seconds",
            "Answers by route and status.",
            prometheus.Histogram.DEFAULT_BUCKETS,
            *("method", "route", "status"),
        )

    def text(self) -> bytes:
        """All of them, as `CONTENT_TYPE` says."""
        return prometheus.generate_latest(self._registry)

    def watch_queue(self, look: Callable[[], queue.Figures]) -> None:
        """Tell what the queue holds, as `look` finds it at each reading."""
        self._registry.register(_Queue(look))

    def watch_sandboxes(self, look: Callable[[], Mapping[str, int]]) -> None:
        """Tell the pool's counts, as `look` finds them at each reading."""
        self._registry.register(_Sandboxes(look))

    def measured(self, port: ports.GradingPort, slugs: Iterable[str] = ()) -> "MeasuredGrading":
        """The same grading, counted; what is counted of `slugs` is told from now on."""
        for slug in slugs:
            self.expect(slug)
        kinds: list[type[errors.OperatorError]] = errors.OperatorError.__subclasses__()
        kinds.append(errors.OperatorError)
        for kind in kinds:
            self._faults.labels(kind.__name__)
        return MeasuredGrading(port, self)

    def expect(self, assignment: str) -> None:
        """Tell zeros of it: Prometheus sees no increase in a count that begins with one."""
        for end in ENDS:
            self._ended.labels(assignment, end)

    def graded(self, report: models.Report) -> None:
        """Count one report."""
        self._ended.labels(report.assignment, DONE).inc()
        self._run.labels("sandbox").observe(report.timing.sandbox_s)
        self._run.labels("total").observe(report.timing.sandbox_s + report.timing.tests_s)
        for test in report.tests:
            self._verdicts.labels(test.verdict.value).inc()

    def waited(self, seconds: float) -> None:
        """Count the wait of a grading that begins."""
        self._wait.observe(seconds)

    def phase_ended(self, phase: models.Phase, seconds: float) -> None:
        """Count the time of one phase."""
        self._run.labels(phase.value).observe(seconds)

    def broken_off(self, assignment: str, exc: BaseException) -> None:
        """Count a grading without a report, by whose fault that is."""
        if isinstance(exc, errors.OperatorError):
            self._faults.labels(type(exc).__name__).inc()
        end = {errors.StudentError: REFUSED, errors.OperatorError: MACHINE}
        ends = (name for kind, name in end.items() if isinstance(exc, kind))
        self._ended.labels(assignment, next(ends, SUITE)).inc()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the template, so that ids make no series of their own."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def _histogram(
        self, name: str, said: str, buckets: tuple[float, ...], *labels: str
    ) -> prometheus.Histogram:
        return prometheus.Histogram(name, said, labels, buckets=buckets, registry=self._registry)

    def _counter(self, name: str, said: str, *labels: str) -> prometheus.Counter:
        return prometheus.Counter(name, said, labels, registry=self._registry)


class MeasuredGrading:
    """A grading port that counts what goes through it."""

    def __init__(self, port: ports.GradingPort, metrics: Metrics) -> None:
        self._port, self._metrics = port, metrics
        self.check, self.close, self.figures = port.check, port.close, port.figures
        self.check_version = port.check_version

    def grade(
        self,
        slug: str,
        upload: bytes,
        *,
        queued_s: float,
        on_progress: ports.OnProgress | None,
        earlier: models.Report | None = None,
        assignment: manifest.Assignment | None = None,
    ) -> models.Report:
        """Grade one stored upload; raises what the port raises."""
        self._metrics.expect(slug)
        self._metrics.waited(queued_s)
        watching = self._watching(on_progress)
        try:
            report = self._port.grade(
                slug,
                upload,
                queued_s=queued_s,
                on_progress=watching,
                earlier=earlier,
                assignment=assignment,
            )
        except errors.GraderError as exc:
            self._metrics.broken_off(slug, exc)
            raise
        self._metrics.graded(report)
        return report

    def _watching(self, on_progress: ports.OnProgress | None) -> ports.OnProgress:
        started = time.monotonic()

        def watch(news: models.Progress) -> None:
            nonlocal started
            if isinstance(news, models.PhaseEnded):
                now = time.monotonic()
                self._metrics.phase_ended(news.phase, now - started)
                started = now
            if on_progress:
                on_progress(news)

        return watch


class _Queue(registry.Collector):
    """Gauges of the database's queue."""

    def __init__(self, look: Callable[[], queue.Figures]) -> None:
        self._look = look

    def describe(self) -> list[core.Metric]:
        """Nothing beforehand: the database may be away while the process starts."""
        return []

    def collect(self) -> Iterator[core.Metric]:
        """What the queue holds now; a database that is away tells only that."""
        try:
            figures = self._look()
        except errors.StoreUnavailable:
            yield core.GaugeMetricFamily("grader_database_up", "The database answers.", 0)
            return
        yield core.GaugeMetricFamily("grader_database_up", "The database answers.", 1)
        depth = core.GaugeMetricFamily(
            "grader_queue_runs", "Runs that have not ended.", labels=["state", "priority"]
        )
        for (state, priority), count in figures.open_runs.items():
            depth.add_metric([state, priority], count)
        yield depth
        said = "Age of the run that waits longest."
        yield core.GaugeMetricFamily("grader_queue_oldest_seconds", said, figures.oldest_s)
        said = "Worker processes heard of within half a minute."
        yield core.GaugeMetricFamily("grader_workers", said, figures.workers)


class _Sandboxes(registry.Collector):
    """Gauges of a pool of sandboxes."""

    def __init__(self, look: Callable[[], Mapping[str, int]]) -> None:
        self._look = look

    def collect(self) -> Iterator[core.Metric]:
        """The pool's counts, as `sandbox.pool.Stats` names them."""
        family = core.GaugeMetricFamily(
            "grader_sandboxes", "Counts of the pool, of now and since its start.", labels=["what"]
        )
        for name, count in self._look().items():
            family.add_metric([name], count)
        yield family
