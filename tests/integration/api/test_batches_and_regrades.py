"""Batches and regrades through the API, with the worker's part done by hand."""

import csv
import dataclasses
import io
import stat
import uuid
import zipfile
from fractions import Fraction

import pytest

from grader import models
from grader.http import event_stream
from grader.store import regrades, runs
from tests.support import fakes_service as fakes
from tests.support.api_client import Api, events, problem

WORKER = "worker test:1"
BATCHES, REGRADES = (f"/api/assignments/{fakes.SLUG}/{kind}" for kind in ("batches", "regrades"))


@pytest.fixture
def api(store, uploads, course, monkeypatch):
    monkeypatch.setattr(event_stream, "REFRESH_S", 30.0)
    return Staff(store, uploads, course)


class Staff(Api):
    """A client of the staff, and a worker."""

    def call(self, method, path, who="eve", status=200, **options):
        answer = self.client.request(method, path, headers=self.headers(who), **options)
        assert answer.status_code == status, answer.text
        return answer.json()

    def batch(self, files, status=202, **headers):
        sent = {"files": ("all.zip", archive(files))}
        answer = self.client.post(BATCHES, files=sent, headers=self.headers("eve") | headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def work(self, score=Fraction(20, 3), limit=100):
        """Grade what is queued, best first, as the engine would hand it out."""
        graded = []
        for _ in range(limit):
            job = self.store.one(
                "SELECT id, (args ->> 'run_id')::bigint AS run_id FROM procrastinate_jobs"
                " WHERE status = 'todo' ORDER BY priority DESC, id LIMIT 1"
            )
            if job is None:
                break
            with self.store.transaction() as connection:
                connection.execute("DELETE FROM procrastinate_jobs WHERE id = %(id)s", job)
            work = runs.begin(self.store, job["run_id"], WORKER)
            if work:
                runs.finish(self.store, work, fakes.report(score))
                graded.append(job["run_id"])
        return graded

    def graded(self, who="ann", score=Fraction(20, 3)):
        submission = self.post(who=who).json()
        self.work(score)
        return submission

    def regrade(self, which="all", status=202, **more):
        body = {"which": which, "reason": "test fixed"} | more
        return self.call("POST", REGRADES, status=status, json=body)

    def score(self, submission):
        return self.get(submission["links"]["report"], "eve").json()["score"]

    def runs_of(self, group):
        return self.call("GET", group["links"]["self"])["runs"]


def archive(files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as writer:
        for name, content in files.items():
            writer.writestr(zipfile.ZipInfo(name), content)  # equal files, equal bytes
    return sink.getvalue()


CLASS = {
    "hw/ann/layers.py": "ok",
    "hw/bob/layers.py": "ok",
    "hw/eve/bad.exe": "x",
    "hw/__MACOSX/ann/._layers.py": "junk",
}


def table(api, batch):
    answer = api.get(batch["links"]["report"], "eve")
    return {row["name"]: row for row in csv.DictReader(io.StringIO(answer.text))}


def test_batch_is_graded_and_tells_of_those_that_cannot_be(api):
    batch = api.batch(CLASS)
    assert (batch["runs"], batch["refused"], batch["ended"]) == ({"queued": 2}, 1, False)
    api.work()
    told = api.call("GET", batch["links"]["self"])
    assert (told["runs"], told["ended"]) == ({"done": 2}, True)
    rows = table(api, batch)
    assert {name: row["state"] for name, row in rows.items()} == {
        "ann": "done",
        "bob": "done",
        "eve": "refused",
    }
    assert (rows["ann"]["score"], rows["ann"]["task 1a"]) == ("6.666667", "6.666667")
    assert "bad.exe" in rows["eve"]["reasons"]


def test_link_in_one_student_s_folder_refuses_that_student_by_name(api):
    link = zipfile.ZipInfo("bob/layers.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    sink = io.BytesIO(archive({"ann/layers.py": "ok", "cem/layers.py": "ok"}))
    with zipfile.ZipFile(sink, "a") as writer:
        writer.writestr(link, "/etc/passwd")
    answer = api.client.post(
        BATCHES, files={"files": ("all.zip", sink.getvalue())}, headers=api.headers("eve")
    )
    batch = answer.json()
    assert (answer.status_code, batch["runs"], batch["refused"]) == (202, {"queued": 2}, 1)
    assert "'bob/layers.py': is a link or a special file" in table(api, batch)["bob"]["reasons"]


def test_batch_waits_behind_what_students_hand_in(api):
    api.batch(CLASS)
    mine = api.post().json()
    assert mine["position"] == 1
    first, *_ = api.work(limit=1)
    assert api.get(mine["links"]["self"]).json()["state"] == "done"
    assert first


def test_paused_batch_begins_nothing_and_goes_on_when_resumed(api):
    batch = api.batch(CLASS)
    link = batch["links"]["self"]
    assert api.call("POST", f"{link}/pause")["runs"] == {"held": 2}
    assert api.work() == []
    api.call("POST", f"{link}/pause", status=409)
    assert api.call("POST", f"{link}/resume")["runs"] == {"queued": 2}
    assert len(api.work()) == 2


def test_cancelled_batch_keeps_what_is_there(api):
    batch = api.batch(CLASS)
    api.work(limit=1)
    told = api.call("POST", f"{batch['links']['self']}/cancel")
    assert told["runs"] == {"done": 1, "cancelled": 1}
    assert api.work() == []
    api.call("POST", f"{batch['links']['self']}/resume", status=409)


def test_batch_sent_again_with_its_key_is_made_once(api):
    first, second = (api.batch(CLASS, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert first["id"] == second["id"]
    assert len(api.work()) == 2
    api.batch({"ann/layers.py": "other"}, status=409, **{"Idempotency-Key": "k"})


def test_events_of_a_batch_end_with_it(api):
    batch = api.batch(CLASS)
    api.work()
    answer = api.get(batch["links"]["events"], "eve")
    assert events(answer)[-1][1]["ended"] is True


@pytest.mark.parametrize("every_test", [False, True])
def test_regrade_is_offered_the_report_before_unless_every_test_runs(api, every_test):
    api.graded()
    api.regrade(every_test=every_test)
    [run] = api.store.one("SELECT array_agg(id) AS ids FROM runs WHERE state = 'queued'")["ids"]
    offered = regrades.earlier(api.store, run)
    assert (offered is None) == every_test
    assert every_test or offered.score == Fraction(20, 3)


def test_first_grading_is_offered_nothing(api):
    api.graded()
    assert (
        regrades.earlier(api.store, api.store.one("SELECT max(id) AS id FROM runs")["id"]) is None
    )


def test_regrade_says_how_much_it_ran_and_kept(api, monkeypatch):
    api.graded("ann")
    api.graded("bob")
    regrade = api.regrade()
    whole = fakes.report
    monkeypatch.setattr(
        fakes, "report", lambda score: dataclasses.replace(whole(score), ran=3, kept=20)
    )
    api.work()
    told = api.call("GET", regrade["links"]["diff"])["submissions"]
    assert [(one["ran"], one["kept"]) for one in told] == [(3, 20), (3, 20)]
    sums = regrades.sums(api.store, uuid.UUID(regrade["id"]))
    assert (sums.ran, sums.kept) == (6, 40)


@pytest.mark.parametrize("path", [BATCHES, REGRADES])
def test_students_make_neither(api, path):
    problem(api.client.post(path, json={}, headers=api.headers("ann")), 403)


@pytest.mark.parametrize(
    "path", ["/api/batches/{}", "/api/regrades/{}/diff", "/api/batches/{}/report.csv"]
)
def test_unknown_group_is_404(api, path):
    api.call("GET", path.format(uuid.uuid4()), status=404)
    api.call("GET", path.format("nix"), status=404)


def test_archive_that_is_none_is_refused(api):
    sent = {"files": ("all.zip", b"not a zip")}
    problem(api.client.post(BATCHES, files=sent, headers=api.headers("eve")), 422)


def test_regrade_changes_nothing_until_it_is_applied(api):
    submission = api.graded(score=Fraction(5))
    regrade = api.regrade()
    api.work(Fraction(7))
    assert api.score(submission) == 5
    [entry] = api.call("GET", regrade["links"]["diff"])["submissions"]
    assert (entry["student"], entry["old_score"], entry["new_score"]) == ("ann", 5, 7)
    assert [(c["name"], c["old"]["score"], c["new"]["score"]) for c in entry["changes"]] == [
        ("test_a.py::test_one", 5, 7)
    ]
    applied = api.call("POST", f"{regrade['links']['self']}/apply", json={"take": "take-new"})
    assert applied == {"state": "applied", "changed": 1}
    assert api.score(submission) == 7


@pytest.mark.parametrize(("take", "scores"), [("keep-max", (5, 7)), ("take-new", (4, 7))])
def test_applying_takes_what_was_asked_for_and_reverting_undoes_it(api, take, scores):
    falling, rising = api.graded("ann", Fraction(5)), api.graded("bob", Fraction(6))
    regrade = api.regrade()
    link = regrade["links"]["self"]
    api.work(Fraction(4), limit=1)
    api.work(Fraction(7), limit=1)
    api.call("POST", f"{link}/apply", json={"take": take})
    assert (api.score(falling), api.score(rising)) == scores
    reverted = api.call("POST", f"{link}/revert")
    assert reverted["state"] == "reverted"
    assert (api.score(falling), api.score(rising)) == (5, 6)
    api.call("POST", f"{link}/revert", status=409)
    assert api.call("POST", f"{link}/apply", json={"take": take})["state"] == "applied"


def test_unfinished_regrade_cannot_be_applied(api):
    api.graded()
    link = api.regrade()["links"]["self"]
    api.call("POST", f"{link}/apply", status=409, json={"take": "take-new"})


def test_later_regrade_that_was_applied_stands(api):
    submission = api.graded(score=Fraction(3))
    early, late = api.regrade(), api.regrade()
    api.work(Fraction(4), limit=1)
    api.work(Fraction(5), limit=1)
    api.call("POST", f"{late['links']['self']}/apply", json={"take": "take-new"})
    told = api.call("POST", f"{early['links']['self']}/apply", json={"take": "take-new"})
    assert (told["changed"], api.score(submission)) == (0, 5)


def test_regrade_takes_what_it_was_asked_for(api):
    best, latest = api.graded(score=Fraction(6)), api.graded(score=Fraction(2))
    other = api.graded("bob", score=Fraction(1))
    failed = api.post(who="bob").json()
    with api.store.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    run = api.store.one("SELECT max(id) AS id FROM runs")
    runs.fail(api.store, runs.begin(api.store, run["id"], WORKER), "the suite is broken")

    def taken(which, **more):
        link = api.regrade(which, **more)["links"]["diff"]
        return {one["submission"] for one in api.call("GET", link)["submissions"]}

    ids = {n: s["id"] for n, s in {"b": best, "l": latest, "o": other, "f": failed}.items()}
    assert taken("all") == set(ids.values())
    assert taken("latest") == {ids["l"], ids["f"]}
    assert taken("best") == {ids["b"], ids["o"]}
    assert taken("failed") == {ids["f"]}
    assert taken("chosen", submissions=[ids["o"]]) == {ids["o"]}
    api.regrade("chosen", status=422)


def begun(api, submission):
    """The run of a submission that waits, as its worker has it."""
    with api.store.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    run = api.store.one(
        "SELECT max(id) AS id FROM runs WHERE submission_id = %(id)s", id=submission["id"]
    )
    return runs.begin(api.store, run["id"], WORKER)


def test_result_of_a_regrade_counts_at_once_where_there_was_none(api):
    submission = api.post().json()
    runs.fail(api.store, begun(api, submission), "no sandbox got ready")
    regrade = api.regrade("failed")
    api.work(Fraction(9))
    now = api.get(submission["links"]["self"]).json()
    assert now["state"] == "done"
    assert api.score(submission) == 9
    applied = api.call("POST", f"{regrade['links']['self']}/apply", json={"take": "take-new"})
    assert applied["changed"] == 0, "it counted before"


def test_failed_submission_that_is_refused_when_graded_again_says_why(api):
    submission = api.post().json()
    runs.fail(api.store, begun(api, submission), "no sandbox got ready")
    api.regrade("failed")
    runs.refuse(api.store, begun(api, submission), ["layers.py: not Python"])
    now = api.get(submission["links"]["self"]).json()
    assert (now["state"], now["reasons"]) == ("refused", ["layers.py: not Python"])


def test_regrade_that_fails_takes_no_result_away(api):
    submission = api.graded(score=Fraction(6))
    api.regrade()
    runs.refuse(api.store, begun(api, submission), ["layers.py: not Python"])
    assert api.get(submission["links"]["self"]).json()["state"] == "done"
    assert api.score(submission) == 6


def test_students_of_a_batch_are_told_apart(api):
    api.batch(CLASS)
    api.work()
    entries = api.call("GET", api.regrade("latest")["links"]["diff"])["submissions"]
    assert [entry["student"] for entry in entries] == ["ann", "bob"]


def test_every_move_of_a_group_is_written_down(api):
    api.graded()
    regrade = api.regrade()
    api.work()
    api.call("POST", f"{regrade['links']['self']}/apply", json={"take": "keep-max"})
    with api.store.transaction() as connection:
        found = connection.execute("SELECT * FROM group_moves ORDER BY id").fetchall()
    assert [(m["to_state"], m["moved_by"], m["moved_why"]) for m in found] == [
        ("open", "instructor eve", "test fixed"),
        ("applied", "instructor eve", "keep-max"),
    ]
    why = api.store.one("SELECT moved_why FROM run_moves WHERE run_id = 2 ORDER BY id LIMIT 1")
    assert why == {"moved_why": "test fixed"}


def test_report_without_score_is_stored(api):
    submission = api.post().json()
    work = runs.begin(api.store, 1, WORKER)
    whole = dataclasses.replace(fakes.report(), score=None)
    assert runs.finish(api.store, work, whole)
    assert api.get(submission["links"]["self"]).json()["state"] == models.SubmissionState.DONE
