"""The same term as `tests/browser/test_term.py`, by HTTP alone: no page, no shell on the server."""

import contextlib
import csv
import datetime
import email
import email.policy
import io
import re
import time

import httpx
import pytest

from tests.support import mail_server, term
from tests.support.term_service import start_service  # noqa: F401  # pytest's way of fixtures

PATIENCE_S = 60
HW1, HW2 = "/api/assignments/hw1", "/api/assignments/hw2"
VERSIONS = f"/api/courses/{term.COURSE}/versions"


@pytest.fixture
def box():
    with mail_server.running() as taking:
        yield taking


class Caller:
    """Somebody with a token; what they ask must be answered as expected."""

    def __init__(self, url, token):
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=30)

    def close(self):
        self._client.close()

    def ask(self, verb, path, status=200, **options):
        answer = self._client.request(verb, path, **options)
        assert answer.status_code == status, f"{verb} {path}: {answer.status_code} {answer.text}"
        return answer

    def get(self, path, status=200):
        return self.ask("GET", path, status).json()

    def post(self, path, status=200, /, **json):
        return self.ask("POST", path, status, json=json).json()

    def put(self, path, /, **json):
        return self.ask("PUT", path, json=json).json()

    def patch(self, path, /, **json):
        return self.ask("PATCH", path, json=json).json()

    def upload(self, path, status, *files):
        return self.ask("POST", path, status, files=[("files", file) for file in files]).json()

    def until(self, path, reached):
        """Ask again until it is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not reached(found := self.get(path)):
            assert time.monotonic() < deadline, found
            time.sleep(0.1)
        return found


class Term:
    """The people of the term, and what each of them asks for."""

    def __init__(self, service, box):
        self.service, self.box = service, box
        self.root = self.caller(service.admin)
        self.people, self.ids = {}, {}

    def caller(self, token):
        return Caller(self.service.url, token)

    def close(self):
        for one in (self.root, self.iris, *self.people.values()):
            one.close()

    def course_is_made(self):
        self.root.post("/api/courses", 201, slug=term.COURSE, title=term.TITLE, term="Spring 2027")
        self.root.put(f"/api/courses/{term.COURSE}/people/iris", role="instructor")
        token = self.root.post("/api/users/iris/tokens", 201, days=180)["token"]
        self.iris = self.caller(token)
        self.iris.patch(f"/api/courses/{term.COURSE}/settings", set={"late_days": 3})
        assert [one["slug"] for one in self.iris.get("/api/courses")["courses"]] == [term.COURSE]

    def people_come(self):
        wrong = ("r.csv", b"who,where\nann,here\n")
        said = self.iris.upload("/api/roster", 422, wrong)
        assert "login" in str(said)
        done = self.iris.upload("/api/roster", 200, ("r.csv", term.ROSTER.encode()))
        assert len(done["added"]) == 6
        mailed = self.iris.post("/api/roster/sign-in-mails")
        assert sorted(mailed["mailed"]) == sorted((*term.STUDENTS, *term.MARKERS))
        deadline = time.monotonic() + PATIENCE_S
        while len(self.box.letters) < 6 and time.monotonic() < deadline:
            time.sleep(0.1)
        for (to,), text in self.box.letters:
            body = email.message_from_string(text, policy=email.policy.default).get_content()
            token = re.search(r"/sign-in\?token=(\S+)", body)[1]
            self.people[to.partition("@")[0]] = self.caller(token)
        assert sorted(self.people) == sorted((*term.STUDENTS, *term.MARKERS))

    def homeworks_are_published(self):
        said = self.iris.upload(VERSIONS, 422, ("hw.zip", term.hw1(typo=True)))
        (reason,) = said["reasons"]
        assert all(word in reason for word in ("assignment.toml", '"1b"', "`piont`", "`points`"))
        for slug, content in (("hw1", term.hw1()), ("hw2", term.hw2())):
            self.publish(VERSIONS, slug, content)
        seen = self.people["ann"].until(
            "/api/assignments", lambda all_: len(all_["assignments"]) == 2
        )
        assert [one["slug"] for one in seen["assignments"]] == ["hw1", "hw2"]

    def publish(self, path, slug, content):
        number = self.iris.upload(path, 202, ("hw.zip", content))["number"]
        versions = f"/api/assignments/{slug}/versions"
        found = self.iris.until(
            f"{versions}/{number}", lambda one: one["state"] == "live" or one["findings"]
        )
        assert found["findings"] == []
        return number

    def dates_are_set(self):
        """Section B was due 30 hours ago; Dan has an extension."""
        due = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=30)
        self.iris.patch(f"{HW1}/schedule", section="B", set={"due": due.isoformat()})
        extension = {"due": "2030-02-03T12:00:00-06:00", "reason": "ill"}
        self.iris.put(f"{HW1}/extensions/dan", **extension)

    def students_submit(self):
        for name in term.STUDENTS:
            sent = self.people[name].upload(f"{HW1}/submissions", 202, *term.WORK[name].items())
            self.ids[name] = sent["id"]
        for name, points in term.BEFORE.items():
            path = f"/api/submissions/{self.ids[name]}"
            self.people[name].until(path, lambda one: one["state"] == "done")
            assert self.total(name)["score"] == points
        assert self.people["cleo"].get(HW1)["late_days"]["left"] == 1
        assert self.people["dan"].get(HW1)["terms"]["extended"]

    def total(self, name):
        return self.people[name].get(f"/api/submissions/{self.ids[name]}/report")["total"]

    def work_is_marked(self):
        self.iris.put(f"{HW1}/markers", markers=list(term.MARKERS))
        for name in term.MARKERS:
            left = self.people[name].get(f"{HW1}/unmarked?marker={name}")["submissions"]
            assert len(left) == 2
            for one in left:
                self.mark(name, one["submission"], 1, "Good.")
        assert self.people["tim"].get(f"{HW1}/unmarked")["submissions"] == []
        place = {"path": "stats.py", "first_line": 2, "text": "statistics.fmean does this."}
        self.people["tess"].post(f"/api/submissions/{self.ids['ann']}/annotations", 201, **place)

    def mark(self, who, submission, lines, comment):
        (task,) = self.people[who].get(f"/api/submissions/{submission}/marks")["tasks"]
        wanted = {"rubric": task["rubric"][:lines], "comment": comment}
        version = task["marks"][0]["version"] if task["marks"] else 0
        path = f"/api/submissions/{submission}/marks/2"
        return self.people[who].put(path, version=version, **wanted)

    def grades_are_released(self):
        assert self.total("ann")["score"] == term.BEFORE["ann"]
        self.iris.patch(f"{HW1}/schedule", set={"published": True})
        ann = self.people["ann"]
        report = ann.get(f"/api/submissions/{self.ids['ann']}/report")
        assert report["total"]["score"] == term.BEFORE["ann"] + 3
        assert term.RUBRIC[0] in str(report)
        (note,) = ann.get(f"/api/submissions/{self.ids['ann']}/annotations")["annotations"]
        assert note["text"] == "statistics.fmean does this."

    def mark_is_asked_about(self):
        path = f"/api/submissions/{self.ids['ann']}/requests"
        asked = self.people["ann"].post(path, 201, task="2", text="There is a plot on page 2.")
        (waiting,) = self.people["tim"].get(f"{HW1}/requests")["requests"]
        assert waiting["id"] == asked["id"]
        self.mark("tim", self.ids["ann"], 2, "Good.")
        answer = {"text": "Right, there it is.", "close": True}
        self.people["tim"].post(f"/api/requests/{asked['id']}/messages", 201, **answer)
        (closed,) = self.people["ann"].get(path)["requests"]
        assert closed["state"] == "closed"
        assert self.total("ann")["score"] == term.BEFORE["ann"] + 4

    def test_is_fixed(self):
        number = self.publish(f"{HW1}/versions", "hw1", term.hw1(fixed=True))
        assert self.iris.get(f"{HW1}/versions")["to_regrade"] == 4
        changes = self.iris.get(f"{HW1}/versions/{number}/changes?since={number - 1}")
        assert changes["tests_changed"] == ["hidden/test_median.py::test_median_of_an_even_count"]
        started = self.iris.post(f"{HW1}/regrades", 202, which="latest", reason="a test was wrong")
        here = f"/api/regrades/{started['id']}"
        self.iris.until(here, lambda one: one["ended"])
        diff = {one["student"]: one for one in self.iris.get(f"{here}/diff")["submissions"]}
        assert {name: diff[name]["old_score"] for name in diff} == term.BEFORE
        assert {name: diff[name]["new_score"] for name in diff} == term.AFTER
        why = "a test of 1b was wrong"
        done = self.iris.post(f"{here}/apply", take="keep-max", reason=why)
        assert done["changed"] == 3
        told = self.people["ann"].get(f"/api/submissions/{self.ids['ann']}/report")["regraded"]
        assert (told["before"], told["now"], told["reason"]) == (11, 14, why)

    def team_submits(self):
        ann, cleo = (self.people[name] for name in term.TEAM)
        ann.post(f"{HW2}/team/invitations", 201, login="cleo")
        place = cleo.post(f"{HW2}/team/invitations/ann/accept")
        assert [one["login"] for one in place["team"]["members"]] == list(term.TEAM)
        made = cleo.upload(f"{HW2}/submissions", 202, ("spread.py", term.SPREAD.encode()))
        ann.until(f"/api/submissions/{made['id']}", lambda one: one["state"] == "done")
        assert ann.get(f"/api/submissions/{made['id']}/report")["total"]["score"] == 5
        assert {name: points for name, points in self.book(HW2).items() if points} == dict.fromkeys(
            term.TEAM, "5"
        )

    def book(self, homework):
        """Login -> points, as the gradebook has them."""
        lines = csv.DictReader(io.StringIO(self.iris.ask("GET", f"{homework}/gradebook.csv").text))
        return {one["login"]: one["score"] for one in lines}

    def grades_are_exported(self):
        found = {name: float(points) for name, points in self.book(HW1).items()}
        assert found == term.GRADES
        actions = {one["action"] for one in self.iris.get("/api/audit?limit=200")["entries"]}
        assert {"version live", "regrade applied"} <= actions, actions

    def course_is_archived(self):
        self.root.patch(f"/api/courses/{term.COURSE}", archived=True)
        ann = self.people["ann"]
        said = ann.upload(f"{HW1}/submissions", 409, *term.WORK["bob"].items())
        assert "archived" in said["detail"]
        assert self.total("ann")["score"] == term.GRADES["ann"]


def play(played):
    played.course_is_made()
    played.people_come()
    played.homeworks_are_published()
    played.dates_are_set()
    played.students_submit()
    played.work_is_marked()
    played.grades_are_released()
    played.mark_is_asked_about()
    played.test_is_fixed()
    played.team_submits()
    played.grades_are_exported()
    played.course_is_archived()


@pytest.mark.slow
def test_term_is_played_by_http(start_service, box):  # noqa: F811
    smtp = f"smtp+plain://127.0.0.1:{box.port}"
    played = Term(start_service(smtp), box)
    with contextlib.closing(played):
        play(played)
