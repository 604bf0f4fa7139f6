"""Clients of the API whose course can be changed: its dates, a task marked by hand, everything."""

import csv
import datetime
import io

from grader import models
from grader.service import accounts, courses, enrolments
from grader.store import enrolments as stored
from tests.support import fakes_service as fakes
from tests.support.api_client import Api

ASSIGNMENT = f"/api/assignments/{fakes.SLUG}"
NOW = datetime.datetime.now(datetime.UTC)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
MANUAL = """
[[task]]
id = "2"
title = "In writing"
points = 5
kind = "manual"
rubric = [{ text = "derivation", points = 3 }, { text = "sign wrong", points = -1 }]
"""
ROSTER = b"login,name,email,section\nann,Ann Lee,ann@u.example,A\ncid,=Cid,cid@u.example,B\n"
BODIES = {
    "PUT /api/submissions/{submission_id}/marks/{task}": {"points": 1},
    "POST /api/submissions/{submission_id}/annotations": {
        "path": "layers.py",
        "first_line": 1,
        "text": "see here",
    },
    "PUT /api/annotations/{annotation_id}": {"text": "see there"},
    "PUT /api/assignments/{slug}/markers": {"markers": ["tim"]},
    "PUT /api/assignments/{slug}/rubrics/{task}": {"lines": [{"text": "all of it", "points": 5}]},
    "PUT /api/assignments/{slug}/extensions/{student}": {"due": (NOW + 2 * DAY).isoformat()},
    "PUT /api/assignments/{slug}/excused/{student}": {"reason": "ill"},
    "PATCH /api/assignments/{slug}/schedule": {"set": {"attempts_per_day": 50}},
    "POST /api/assignments/{slug}/versions/{number}/live": {},
    "POST /api/submissions/{submission_id}/move": {"student": "nobody", "reason": "r"},
    "POST /api/late-days/{student}": {"days": 1},
    "POST /api/submissions/{submission_id}/requests": {"task": "1a", "text": "why?"},
    "POST /api/requests/{request_id}/messages": {"text": "because"},
    "PUT /api/messages": {"wanted": []},
    "POST /api/users/{name}/tokens": {"days": 1},
    "POST /api/assignments/{slug}/regrades": {"which": "all", "reason": "fixed"},
    "POST /api/regrades/{group_id}/apply": {"take": "take-new"},
    "POST /api/courses": {"slug": "third", "title": "Third course"},
    "PATCH /api/courses/{course}": {"term": "Fall"},
    "PATCH /api/courses/{course}/settings": {"set": {"term": "Fall"}},
    "PUT /api/courses/{course}/retention": {"keep_days": 400},
    "PUT /api/courses/{course}/people/{login}": {"role": "student"},
    "POST /api/lms/platforms": {
        **dict.fromkeys(("auth_url", "token_url", "keys_url"), "https://lms.example/"),
        "issuer": "https://lms.example",
        "client_id": "1",
    },
    "POST /api/lms/keys": {"at_once": False},
    "POST /api/assignments/{slug}/team/invitations": {"login": "zed"},
    "POST /api/assignments/{slug}/teams": {"members": ["zed"]},
    "PUT /api/assignments/{slug}/teams/{team_id}": {"members": ["ann", "bob"]},
}
QUERIES = {"GET /api/assignments/{slug}/versions/{number}/changes": "?since=1"}
FILES = {
    "POST /api/assignments/{slug}/submissions": ("layers.py", b"ok"),
    "POST /api/assignments/{slug}/batches": ("all.zip", b""),
    "POST /api/assignments/{slug}/versions": ("hw.zip", fakes.bundle()),
    "POST /api/courses/{course}/versions": ("hw.zip", fakes.bundle()),
    "POST /api/roster": ("roster.csv", b"login,email\nzoe,zoe@u.example\n"),
    "POST /api/assignments/{slug}/teams/import": ("teams.csv", b"zed,nobody\n"),
}


class Course(Api):
    """An API whose assignment's schedule can be written."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        self.manifest = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"

    def schedule(self, late="", **keys):
        lines = [f"{key} = {_toml(value)}" for key, value in keys.items()]
        rules = f"[schedule.late]\n{late}\n" if late else ""
        self.manifest.write_text("\n".join([fakes.MANIFEST, "[schedule]", *lines, rules]))

    def send(self, method, path, /, who="eve", **json):
        options = {"json": json} if json else {}
        return self.client.request(method, path, headers=self.headers(who), **options)

    def graded(self, who="ann", content=None):
        answer = self.post(content and {"files": ("layers.py", content)}, who=who)
        assert answer.status_code == 202, answer.text
        self.finish(answer)
        return answer.json()["id"]

    def terms(self, who="ann"):
        return self.get(ASSIGNMENT, who).json()["terms"]

    def audit(self):
        with self.store.transaction() as connection:
            found = connection.execute("SELECT actor, action, subject FROM audit_log ORDER BY id")
            return [tuple(row.values()) for row in found]


def _toml(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, (bool, int)) else f'"{value}"'


class Staffed(Course):
    """A course with a manual task and an administrator."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        self.tokens["root"] = accounts.add_user(store, "root", "admin")
        self.rubric()

    def rubric(self, schedule=""):
        text = fakes.MANIFEST.replace("total_points = 10", "total_points = 15")
        self.manifest.write_text(text + MANUAL + schedule)

    def mark(self, submission, task="2", who="eve", **wanted):
        return self.send("PUT", f"/api/submissions/{submission}/marks/{task}", who, **wanted)

    def total(self, submission, who="eve"):
        return self.get(f"/api/submissions/{submission}/report", who).json()["total"]

    def roster(self, data=ROSTER, who="eve"):
        files = {"file": ("roster.csv", data)}
        return self.client.post("/api/roster", files=files, headers=self.headers(who))

    def book(self, system="plain"):
        answer = self.get(f"{ASSIGNMENT}/gradebook.csv?for={system}", "eve")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        return list(csv.reader(io.StringIO(answer.text)))

    def plain(self):
        head, *lines = self.book()
        return {line[0]: dict(zip(head, line, strict=True)) for line in lines}


class World(Staffed):
    """A course in which everything that routes speak of is there."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        self.client.app.state.comparisons.start = lambda _assignment: None  # outlives no test
        self.tokens["robot"] = accounts.add_user(store, "robot", "ci")
        self.tokens["tim"] = accounts.add_user(store, "tim", "ta")
        template = course / "student_template" / fakes.SLUG
        template.mkdir(parents=True, exist_ok=True)
        (template / "layers.py").write_text("begin here")
        self.rubric(f"[schedule]\ndue = {NOW.isoformat()}\n[team]\nsize = 2\n")
        self.parts = {
            "slug": fakes.SLUG, "student": "bob", "name": "ann", "task": "2", "token_id": "999999",
            "request_id": "999999", "annotation_id": "999999", "archive_id": "1",
            "submission_id": self.graded(), "course": "main", "assignment": fakes.SLUG,
            "login": "zed", "number": "1",
            "team_id": "999999", "platform_id": "999999", "course_id": "999999",
        }  # fmt: skip
        self.strangers()
        path = f"/api/assignments/{fakes.SLUG}/versions"
        files = {"file": ("hw.zip", fakes.bundle())}
        assert self.client.post(path, files=files, headers=self.headers("eve")).status_code == 202
        self.archive = fakes.Grading().inspect(fakes.SLUG, [("dan/layers.py", b"ok")])
        self.groups = {
            "batches": self.batch().json()["id"],
            "regrades": self.send(
                "POST", f"/api/assignments/{fakes.SLUG}/regrades", which="all", reason="r"
            ).json()["id"],
        }

    def strangers(self):
        """People of another course, and two who may leave the first."""
        courses.add(self.store, "other", "Other course", "", "test")
        for name, role in {
            "olga": "student",
            "otto": "ta",
            "oscar": "instructor",
            "orbit": "ci",
        }.items():
            self.tokens[name] = accounts.add_user(self.store, name, role, course="other")
        for name in ("zed", "dora"):
            self.tokens[name] = accounts.add_user(self.store, name, "student")
        enrolments.leave(self.store, "main", "dora", "test")

    def enrol(self, name, course, role):
        new = stored.NewEnrolment(models.Role(role))
        enrolments.change(self.store, course, name, new, "test")

    def batch(self, who="eve"):
        files = {"file": ("all.zip", self.archive)}
        path = f"/api/assignments/{fakes.SLUG}/batches"
        return self.client.post(path, files=files, headers=self.headers(who))

    def url(self, route):
        path = route.split(" ", 1)[1]
        group = self.groups["batches" if "/batches/" in path else "regrades"]
        url = path.format(**self.parts, group_id=group) + QUERIES.get(route, "")
        return url + (f"?with={self.parts['submission_id']}" if path.endswith("/compare") else "")

    def ask(self, route, who):
        return self.answer(route, who).status_code

    def answer(self, route, who):
        verb = route.split(" ", 1)[0]
        options = {"json": BODIES[route]} if route in BODIES else {}
        if route in FILES:
            name, content = FILES[route]
            options["files"] = {"file": (name, content or self.archive)}
        answer = self.client.request(verb, self.url(route), headers=self.headers(who), **options)
        if route == "GET /api/submissions/{submission_id}":
            assert answer.status_code != 200 or answer.json()["id"] == self.parts["submission_id"]
        return answer
