"""Readiness that tells the truth, metrics for those who may, ids on requests."""

import logging

import pytest
from fastapi.testclient import TestClient

from grader import errors, settings
from grader.api import application
from grader.cli import healthcheck
from grader.service import context, course_folder, housekeeping, worker
from grader.service import course as courses
from grader.store import run_events
from tests.support import fakes_service as fakes


def client(store, uploads, course, checks=None, here=("127.0.0.1", 5000), **changes):
    grading = fakes.Grading()
    services = context.Services(
        course=courses.Course(course_folder.CourseFolder(course), store),
        store=store,
        uploads=uploads,
        intake=grading,
        views=fakes.parts(grading).views(),
        notices=run_events.Notices(store.conninfo),
        workers=1,
        max_batch_mb=1,
        checks=checks or {"database": store.ping},
        **changes,
    )
    app = application.create(services)
    return TestClient(app, client=here, base_url="http://localhost:8000")


def test_database_that_went_away_makes_the_service_unready(store, uploads, course):
    def gone():
        raise errors.StoreUnavailable("The database cannot be reached: gone\nsecret host")

    answer = client(store, uploads, course, {"database": gone}).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "The database cannot be reached: gone"}


def test_no_worker_heard_of_makes_an_api_unready_until_one_is(store):
    with pytest.raises(errors.OperatorError, match="No worker"):
        worker.check_any(store)
    with store.transaction() as connection:
        connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    worker.check_any(store)


def test_full_disk_makes_the_service_unready(uploads, tmp_path):
    with pytest.raises(errors.StoreUnavailable, match="MB are free where uploads"):
        uploads.check(2**60)
    with pytest.raises(errors.StoreUnavailable, match="MB are free where the data"):
        housekeeping.check_disk(tmp_path, 2**60)
    uploads.check(1)
    housekeeping.check_disk(tmp_path, 1)


def test_metrics_are_for_this_machine_without_a_token(store, uploads, course):
    answer = client(store, uploads, course).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "grader_http_request_seconds" in answer.text


@pytest.mark.parametrize(
    ("here", "sent"),
    [
        (("10.0.0.9", 1), {}),
        (("127.0.0.1", 1), {"X-Forwarded-For": "10.0.0.9"}),
        (("127.0.0.1", 1), {"X-Forwarded-Host": "grader.example"}),
        (("127.0.0.1", 1), {"Via": "1.1 proxy"}),
        (("127.0.0.1", 1), {"Host": "grader.example"}),
        (("127.0.0.1", 1), {"Host": ""}),
        (("127.0.0.1", 1), {"Host": "[::1"}),
    ],
)
def test_metrics_are_not_for_others(store, uploads, course, here, sent):
    answer = client(store, uploads, course, here=here).get("/metrics", headers=sent)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("sent", "status"), [("Bearer right", 200), ("Bearer wrong", 403), ("", 403)]
)
def test_metrics_token_decides_wherever_one_calls_from(store, uploads, course, sent, status):
    afar = client(store, uploads, course, here=("10.0.0.9", 1), metrics_token="right")
    assert afar.get("/metrics", headers={"Authorization": sent}).status_code == status


def test_answer_bears_a_request_id_and_its_log_line_too(store, uploads, course, caplog):
    caplog.set_level(logging.INFO)
    answer = client(store, uploads, course).get("/api/assignments?token=secret")
    assert len(answer.headers["x-request-id"]) == 16
    (line,) = [r.getMessage() for r in caplog.records if r.name == "grader.api.access_log"]
    assert line.startswith("GET /api/assignments answered 401 in ")


@pytest.mark.parametrize(("sent", "kept"), [("proxy-id-1234", True), ("bad\tid here", False)])
def test_request_id_of_a_proxy_is_kept_if_plain(store, uploads, course, sent, kept):
    answer = client(store, uploads, course).get("/healthz", headers={"X-Request-ID": sent})
    assert (answer.headers["x-request-id"] == sent) is kept


def test_paths_that_are_no_route_make_no_series(store, uploads, course):
    here = client(store, uploads, course)
    here.get("/nowhere/1")
    text = here.get("/metrics").text
    assert 'route="(none)"' in text
    assert "nowhere" not in text


def test_health_command_asks_where_the_settings_listen():
    assert healthcheck.own_url(settings.Settings(host="0.0.0.0", port=81)) == "http://127.0.0.1:81"
    ready, said = healthcheck.ask("http://127.0.0.1:9")
    assert not ready
    assert "does not answer" in said
