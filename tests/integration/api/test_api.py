"""The HTTP API over a real database, with a fake grader and no worker."""

import io
import re
import uuid
import zipfile

import pytest

from grader import disk, errors
from grader.store import runs, submissions
from tests.support import fakes_service as fakes
from tests.support.api_client import FILES, UPLOAD, Api, problem


@pytest.fixture
def api(store, uploads, course):
    return Api(store, uploads, course)


def test_upload_is_accepted_with_place_and_links(api):
    answer = api.post()
    body = answer.json()
    assert answer.status_code == 202
    assert (body["state"], body["position"]) == ("queued", 1)
    assert answer.headers["location"] == body["links"]["self"]
    assert api.get(body["links"]["self"]).json() == body | {"phases": [], "tests": []}


def test_plain_files_are_stored_as_one_zip(api, uploads):
    api.post([("files", ("a.py", b"1")), ("file", ("b.py", b"2"))])
    stored = api.store.one("SELECT upload_sha256 AS name FROM submissions")
    with zipfile.ZipFile(io.BytesIO(uploads.get(stored["name"]))) as archive:
        assert archive.namelist() == ["a.py", "b.py"]


def test_second_in_the_queue_gets_an_estimate_once_runs_are_known(api):
    first = api.post()
    assert first.json()["eta_s"] is None
    api.finish(first)
    assert api.post().json()["eta_s"] >= 0


def test_estimate_counts_the_workers_of_all_machines(api):
    api.finish(api.post())
    api.post(who="bob")
    with api.store.transaction() as connection:
        connection.execute("UPDATE runs SET started_at = finished_at - interval '10 seconds'")
        connection.execute("UPDATE runs SET started_at = NULL WHERE finished_at IS NULL")
        # Six more wait; this process takes two at once.
        for number in range(6):
            connection.execute(
                "INSERT INTO runs (submission_id, number, moved_by, moved_why)"
                " SELECT id, %s, 't', 't' FROM submissions LIMIT 1",
                [number + 10],
            )
    alone = api.post().json()
    with api.store.transaction() as connection:
        for silent in (0, 0, 0, 3600):
            connection.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - make_interval(secs => %s))",
                [silent],
            )
    shared = api.get(alone["links"]["self"]).json()
    assert (alone["position"], alone["eta_s"], shared["eta_s"]) == (8, 50, 30)


def test_bad_upload_is_refused_with_reasons_and_stores_nothing(api):
    body = problem(api.post({"files": ("bad.exe", b"x")}), 422)
    assert body["reasons"] == ["bad.exe: not a kind of file this assignment takes."]
    assert api.store.one("SELECT count(*) AS n FROM submissions") == {"n": 0}


@pytest.mark.parametrize("chunked", [False, True])
def test_upload_over_the_limit_is_refused_however_it_is_sent(api, chunked):
    body = b"--x\r\nContent-Disposition: form-data; name=files; filename=a\r\n\r\n" + b"0" * 2**21
    content = (body[i : i + 65536] for i in range(0, len(body), 65536)) if chunked else body
    headers = api.headers("ann") | {"Content-Type": "multipart/form-data; boundary=x"}
    answer = api.client.post(UPLOAD, content=content, headers=headers)
    assert problem(answer, 413)["max_bytes"] == 1_000_000


def test_upload_just_below_the_limit_is_taken(api):
    assert api.post({"files": ("layers.py", b"0" * 1_000_000)}).status_code == 202


def test_upload_without_a_file_is_refused(api):
    problem(api.client.post(UPLOAD, files={"x": b""}, headers=api.headers("ann")), 422)


def test_upload_that_is_not_multipart_is_refused(api):
    problem(api.client.post(UPLOAD, content=b"x", headers=api.headers("ann")), 415)


def test_unknown_assignment_is_404_and_names_no_folder(api, course):
    answer = api.post(path="/api/assignments/nix/submissions")
    problem(answer, 404)
    assert str(course) not in answer.text


def test_repeated_key_gives_the_same_submission(api, monkeypatch):
    monkeypatch.setattr(submissions, "SAME_UPLOAD_S", 0.0)  # by the key alone
    first, second = (api.post(FILES, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


def test_repeated_key_with_other_content_is_a_conflict(api):
    api.post(**{"Idempotency-Key": "k"})
    problem(api.post({"files": ("layers.py", b"other")}, **{"Idempotency-Key": "k"}), 409)


@pytest.mark.parametrize(
    "path", [UPLOAD, "/api/assignments", f"/api/submissions/{uuid.UUID(int=7)}"]
)
def test_caller_without_token_is_asked_for_one(api, path):
    answer = api.client.post(path, files=FILES) if path == UPLOAD else api.get(path, who=None)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_token_in_the_address_is_no_token(api):
    token = api.tokens["ann"]
    problem(api.client.get(f"/api/assignments?access_token={token}&token={token}"), 401)


def test_anothers_submission_is_404_like_one_that_never_was(api):
    here = api.post().json()["links"]
    there = f"/api/submissions/{uuid.UUID(int=7)}"
    for path in (here["self"], here["report"], there, "/api/submissions/x"):
        problem(api.get(path, who="bob"), 404)
    assert api.get(here["self"], who="eve").status_code == 200


def test_report_before_the_end_says_when_to_ask_again(api):
    answer = api.get(api.post().json()["links"]["report"])
    assert problem(answer, 409)["state"] == "queued"
    assert int(answer.headers["retry-after"]) >= 1


def test_student_reads_the_redacted_report_and_staff_the_whole(api):
    answer = api.post()
    api.finish(answer)
    link = answer.json()["links"]["report"]
    assert len(api.get(link, "ann").json()["tests"]) == 1
    assert len(api.get(link, "eve").json()["tests"]) == 2


def test_junit_report_is_xml(api):
    answer = api.post()
    api.finish(answer)
    found = api.get(answer.json()["links"]["report"] + "?format=junit")
    assert (found.headers["content-type"], found.text) == ("application/xml", "<testsuites/>")


def test_failure_for_staff_is_told_to_students_without_its_text(api):
    answer = api.post()
    work = runs.begin(api.store, 1, "worker test:1")
    runs.fail(api.store, work, "hidden/test_x.py is broken")
    links = answer.json()["links"]
    for path in links.values():
        assert "hidden" not in api.get(path, "ann").text
        assert "hidden/test_x.py" in api.get(path, "eve").text
    assert problem(api.get(links["report"]), 409)["state"] == "failed"


def test_refusal_found_late_is_told_to_the_student(api):
    answer = api.post()
    runs.refuse(api.store, runs.begin(api.store, 1, "worker test:1"), ["layers.py:1: not Python"])
    assert api.get(answer.json()["links"]["self"]).json()["reasons"] == ["layers.py:1: not Python"]


def test_assignments_are_listed_and_a_broken_one_left_out(api, course):
    broken = course / "tests" / "suites" / "broken"
    broken.mkdir()
    (broken / "assignment.toml").write_text("nonsense")
    found = api.get("/api/assignments").json()["assignments"]
    assert [one["slug"] for one in found] == [fakes.SLUG]
    problem(api.post(path="/api/assignments/broken/submissions"), 404)


def test_a_typo_in_a_manifest_changes_nothing_for_students_and_is_told_to_staff(api, course):
    before = api.get("/api/assignments").json()
    manifest = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    manifest.write_text(manifest.read_text().replace("\npoints", "\npionts"))
    assert api.get("/api/assignments").json() == before
    assert "faults" not in before
    assert api.post().status_code == 202
    told = api.get("/api/assignments", "eve").json()["faults"][fakes.SLUG]
    assert "assignment.toml" in told
    assert 'task "1a": there is no field `pionts`; did you mean `points`?' in told


def test_health_needs_no_token_and_readiness_names_what_is_wrong(api):
    assert api.get("/healthz", who=None).json() == {"status": "ok"}
    assert api.get("/readyz", who=None).status_code == 200
    api.grading.close()
    answer = api.get("/readyz", who=None)
    assert (answer.status_code, answer.json()["checks"]) == (
        503,
        {"database": "ok", "grading": "closed"},
    )


def test_full_disk_accepts_nothing_and_is_over_when_there_is_room(api, monkeypatch):
    with monkeypatch.context() as patch:

        def full(_):
            raise OSError(28, "No space left on device")

        patch.setattr(disk.os, "fsync", full)
        answer = api.post()
    assert "No space" not in problem(answer, 503)["detail"]
    assert answer.headers["retry-after"]
    assert api.store.one("SELECT count(*) AS n FROM submissions") == {"n": 0}
    assert api.post().status_code == 202


def test_machine_fault_is_503_without_its_text(api, monkeypatch):
    def fail(_):
        raise errors.StoreUnavailable("disk /srv/x is full")

    monkeypatch.setattr("grader.store.blobs.Blobs.put", lambda *_: fail(0))
    answer = api.post()
    problem(answer, 503)
    assert "retry-after" in answer.headers
    assert "/srv/x" not in answer.text


def test_our_own_mistake_is_500_without_its_text(api, monkeypatch):
    monkeypatch.setattr(api.grading, "inspect", lambda *_: 1 / 0)
    answer = api.post()
    problem(answer, 500)
    assert "division" not in answer.text


def test_unknown_address_and_method_are_problems(api):
    problem(api.get("/nix"), 404)
    problem(api.client.delete("/healthz"), 405)


def test_every_route_is_described_with_its_errors(api):
    paths = api.get("/openapi.json", who=None).json()["paths"]
    for path, methods in paths.items():
        for described in methods.values():
            assert described["description"], path
            if path.startswith("/api/"):
                assert "401" in described["responses"], path


def test_every_answer_says_that_it_is_no_page(api):
    for path in ("/healthz", "/nowhere", "/api/submissions/x", "/docs"):
        assert api.get(path).headers["x-content-type-options"] == "nosniff"


def test_reference_asks_no_other_host_for_anything(api):
    page = api.get("/docs")
    assert "'unsafe" not in page.headers["content-security-policy"]
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert "/docs/swagger-ui-bundle.js" in addresses
    for address in addresses:
        assert address.startswith(("/", "data:")), address
        if address.startswith("/"):
            assert api.get(address).status_code == 200, address
    assert api.get("/docs/favicon.png").status_code == 404
