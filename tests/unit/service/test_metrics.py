"""Metrics: what is counted of gradings, queue and sandboxes."""

import pytest

from grader import errors, models
from grader.service import metrics
from grader.store import queue
from tests.support import fakes_service as fakes


def upload(word: str) -> bytes:
    return fakes.Grading().inspect("hw", [("layers.py", word.encode())])


def grade(counts: metrics.Metrics, word: str) -> None:
    port = counts.measured(fakes.Grading())
    port.grade("hw", upload(word), queued_s=2.0, on_progress=None)


def test_report_counts_verdicts_and_times():
    counts = metrics.Metrics()
    grade(counts, "ok")
    text = counts.text().decode()
    assert 'grader_runs_ended_total{assignment="hw",end="done"} 1.0' in text
    assert 'grader_verdicts_total{verdict="passed"} 1.0' in text
    assert "grader_wait_seconds_sum 2.0" in text


def test_counts_of_known_assignments_are_told_before_anything_ends():
    counts = metrics.Metrics()
    counts.measured(fakes.Grading(), ["hw"])
    text = counts.text().decode()
    for end in ("done", "refused", "suite", "machine"):
        assert f'grader_runs_ended_total{{assignment="hw",end="{end}"}} 0.0' in text
    assert 'grader_infrastructure_errors_total{kind="SandboxUnavailable"} 0.0' in text


@pytest.mark.parametrize(
    ("word", "end"), [("machine", "machine"), ("suite", "suite"), ("refuse", "refused")]
)
def test_grading_without_report_counts_by_whose_fault(word, end):
    counts = metrics.Metrics()
    with pytest.raises(errors.GraderError):
        grade(counts, word)
    text = counts.text().decode()
    assert f'grader_runs_ended_total{{assignment="hw",end="{end}"}} 1.0' in text
    assert ('grader_infrastructure_errors_total{kind="SandboxUnavailable"} 1.0' in text) == (
        end == "machine"
    )


def test_phases_are_timed_one_by_one():
    counts = metrics.Metrics()
    watch = counts.measured(fakes.Grading())._watching(None)
    watch(models.PhaseEnded(models.Phase.PUBLIC, 1, 1, 1.0))
    watch(models.PhaseEnded(models.Phase.HIDDEN, 1, 1, 3.0))
    text = counts.text().decode()
    assert 'grader_run_seconds_count{phase="public"} 1.0' in text
    assert 'grader_run_seconds_count{phase="hidden"} 1.0' in text


def test_queue_tells_depth_by_state_and_priority():
    counts = metrics.Metrics()
    counts.watch_queue(lambda: queue.Figures({("queued", "batch"): 3}, 12.5, 2))
    text = counts.text().decode()
    assert 'grader_queue_runs{priority="batch",state="queued"} 3.0' in text
    assert "grader_queue_oldest_seconds 12.5" in text
    assert "grader_workers 2.0" in text


def test_database_away_is_told_and_breaks_nothing():
    counts = metrics.Metrics()

    def away() -> queue.Figures:
        raise errors.StoreUnavailable("away")

    counts.watch_queue(away)
    assert "grader_database_up 0.0" in counts.text().decode()


def test_report_names_no_student_or_test():
    counts = metrics.Metrics()
    grade(counts, "ok")
    assert "test_one" not in counts.text().decode()
