"""Every route for every kind of caller: the answers are written down here, all of them.

A route that is not in the table fails the test, and so does one that is gone. What a route names
(a homework, a submission, a batch …) is in one course; for people of another course it is not
there, whatever they are in theirs.
"""

import re

import pytest

from grader.service import courses
from tests.support.course_client import World

# anonymous, the owner, another student, instructor, admin, CI, TA
CALLERS = (None, "ann", "bob", "eve", "root", "robot", "tim")
# of another course: a student, a TA, an instructor and CI; and somebody who has dropped every one
STRANGERS = ("olga", "otto", "oscar", "orbit", "dora")
NOT_THERE = (404, 404, 404, 404, 401)
OPEN = (200, 200, 200, 200, 200, 200, 200)
SIGNED_IN = (401, 200, 200, 200, 200, 200, 200)
OWN = (401, 200, 404, 200, 200, 200, 200)
STAFF = (401, 403, 403, 200, 200, 200, 200)
MARKERS = (401, 403, 403, 200, 200, 403, 200)
TEACHERS = (401, 403, 403, 200, 200, 403, 403)


def regraders(status):
    return (401, 403, 403, status, status, status, 403)


def markers(status):
    return (401, 403, 403, status, status, 403, status)


def teachers(status):
    return (401, 403, 403, status, status, 403, 403)


def admins(status):
    return (401, 403, 403, 403, status, 403, 403)


TABLE = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": (403,) * 7,  # nobody from elsewhere by a person's token
    "GET /api/assignments": SIGNED_IN,
    "GET /api/assignments/{slug}": SIGNED_IN,
    "GET /api/assignments/{slug}/template.zip": SIGNED_IN,
    "GET /api/assignments/{slug}/submissions": SIGNED_IN,
    "POST /api/assignments/{slug}/submissions": (401, 202, 202, 202, 202, 202, 202),
    "GET /api/submissions/{submission_id}": OWN,
    "GET /api/submissions/{submission_id}/report": OWN,
    "GET /api/submissions/{submission_id}/events": OWN,
    # Without a reason, and to nobody.
    "DELETE /api/submissions/{submission_id}": teachers(422),
    "POST /api/submissions/{submission_id}/move": teachers(404),
    "GET /api/submissions/{submission_id}/log.txt": MARKERS,
    "GET /api/assignments/{slug}/submissions.zip": MARKERS,
    # It has been graded: there is nothing to call off any more.
    "POST /api/submissions/{submission_id}/cancel": (401, 409, 404, 409, 409, 409, 403),
    # The assignment's rule is the latest one; only instructors stand above it.
    "PUT /api/submissions/{submission_id}/active": (401, 409, 404, 200, 200, 409, 409),
    "DELETE /api/submissions/{submission_id}/active": (401, 409, 404, 200, 409, 409, 409),
    "GET /api/submissions/{submission_id}/files": OWN,
    "GET /api/submissions/{submission_id}/compare": OWN,
    "GET /api/submissions/{submission_id}/annotations": OWN,
    "POST /api/submissions/{submission_id}/annotations": markers(201),
    "PUT /api/annotations/{annotation_id}": (401, 404, 404, 404, 404, 404, 404),
    "GET /api/submissions/{submission_id}/marks": MARKERS,
    "PUT /api/submissions/{submission_id}/marks/{task}": MARKERS,
    "GET /api/assignments/{slug}/extensions": MARKERS,
    "PUT /api/assignments/{slug}/extensions/{student}": TEACHERS,
    "DELETE /api/assignments/{slug}/extensions/{student}": (401, 403, 403, 204, 404, 403, 403),
    "GET /api/assignments/{slug}/excused": MARKERS,
    "PUT /api/assignments/{slug}/excused/{student}": TEACHERS,
    "DELETE /api/assignments/{slug}/excused/{student}": (401, 403, 403, 204, 404, 403, 403),
    "GET /api/assignments/{slug}/schedule": MARKERS,
    "PATCH /api/assignments/{slug}/schedule": TEACHERS,
    "GET /api/assignments/{slug}/versions": TEACHERS,
    "POST /api/assignments/{slug}/versions": teachers(202),
    "POST /api/courses/{course}/versions": teachers(202),
    "GET /api/assignments/{slug}/versions/{number}": TEACHERS,
    "GET /api/assignments/{slug}/versions/{number}/bundle.zip": TEACHERS,
    "GET /api/assignments/{slug}/versions/{number}/changes": TEACHERS,
    # It waits for its check, and nobody insists.
    "POST /api/assignments/{slug}/versions/{number}/live": teachers(409),
    # Students alone are in teams. Of the two who invite the same one nobody has an answer yet.
    "GET /api/assignments/{slug}/team": (401, 200, 200, 403, 403, 403, 403),
    "DELETE /api/assignments/{slug}/team": (401, 409, 409, 403, 403, 403, 403),
    "POST /api/assignments/{slug}/team/invitations": (401, 201, 201, 403, 403, 403, 403),
    "DELETE /api/assignments/{slug}/team/invitations/{login}": (401, 200, 200, 403, 403, 403, 403),
    "POST /api/assignments/{slug}/team/invitations/{login}/accept": (
        *(401, 404, 404, 403, 403, 403, 403),
    ),
    "POST /api/assignments/{slug}/team/invitations/{login}/decline": (
        *(401, 404, 404, 403, 403, 403, 403),
    ),
    "GET /api/assignments/{slug}/teams": MARKERS,
    "GET /api/assignments/{slug}/teams.csv": MARKERS,
    # One person is no team, and nobody has this number or name.
    "POST /api/assignments/{slug}/teams": teachers(422),
    "PUT /api/assignments/{slug}/teams/{team_id}": teachers(404),
    "DELETE /api/assignments/{slug}/teams/{team_id}": teachers(404),
    "POST /api/assignments/{slug}/teams/import": teachers(422),
    "GET /api/late-days": MARKERS,
    # This course has none.
    "POST /api/late-days/{student}": teachers(422),
    "GET /api/assignments/{slug}/gradebook.csv": MARKERS,
    "GET /api/assignments/{slug}/unmarked": MARKERS,
    "GET /api/assignments/{slug}/markers": MARKERS,
    "PUT /api/assignments/{slug}/markers": TEACHERS,
    "GET /api/assignments/{slug}/rubrics": MARKERS,
    "PUT /api/assignments/{slug}/rubrics/{task}": MARKERS,
    # Grades are not published.
    "POST /api/submissions/{submission_id}/requests": (401, 403, 404, 403, 403, 403, 403),
    "GET /api/submissions/{submission_id}/requests": OWN,
    "GET /api/assignments/{slug}/requests": MARKERS,
    "GET /api/requests/{request_id}": (401, 404, 404, 404, 404, 404, 404),
    "POST /api/requests/{request_id}/messages": (401, 404, 404, 404, 404, 404, 404),
    "GET /api/assignments/{slug}/statistics": MARKERS,
    "GET /api/assignments/{slug}/similarity": markers(202),  # being compared
    # This service does not know its own address, and no course of an LMS; an administrator, who has
    # several courses, says which.
    "GET /api/lms/platforms": TEACHERS,
    "POST /api/lms/platforms": admins(409),
    "DELETE /api/lms/platforms/{platform_id}": admins(404),
    "POST /api/lms/invitations": admins(409),
    "POST /api/lms/keys": admins(201),
    "GET /api/lms/courses": TEACHERS,
    "POST /api/lms/courses/{course_id}/accept": (401, 403, 403, 404, 422, 403, 403),
    "DELETE /api/lms/courses/{course_id}": (401, 403, 403, 404, 422, 403, 403),
    "POST /api/lms/courses/{course_id}/roster": (401, 403, 403, 404, 422, 403, 403),
    "GET /api/assignments/{slug}/sent-scores": MARKERS,
    "POST /api/assignments/{slug}/sent-scores": teachers(202),
    "GET /api/audit": TEACHERS,
    "GET /api/messages": SIGNED_IN,
    "PUT /api/messages": SIGNED_IN,
    "GET /api/messages/outbox": TEACHERS,
    "GET /api/waiting": MARKERS,
    "GET /api/queue": MARKERS,
    "GET /api/roster": TEACHERS,
    # The administrator is to say which of the courses is meant.
    "POST /api/roster": (401, 403, 403, 200, 422, 403, 403),
    # No mail server is set.
    "POST /api/roster/sign-in-mails": (401, 403, 403, 409, 422, 403, 403),
    "POST /api/roster/sign-in-links.csv": (401, 403, 403, 200, 422, 403, 403),
    "GET /api/courses": SIGNED_IN,
    "POST /api/courses": (401, 403, 403, 403, 201, 403, 403),
    "PATCH /api/courses/{course}": TEACHERS,
    "GET /api/courses/{course}/settings": TEACHERS,
    "PATCH /api/courses/{course}/settings": TEACHERS,
    "PUT /api/courses/{course}/assignments/{assignment}": teachers(204),
    "GET /api/courses/{course}/retention": TEACHERS,
    "PUT /api/courses/{course}/retention": TEACHERS,
    "POST /api/courses/{course}/grade-archives": teachers(201),
    "GET /api/courses/{course}/grade-archives/{archive_id}": TEACHERS,
    # Not confirmed.
    "DELETE /api/courses/{course}/work": teachers(422),
    "GET /api/courses/{course}/people/{login}": TEACHERS,
    "PUT /api/courses/{course}/people/{login}": TEACHERS,
    # They leave once.
    "DELETE /api/courses/{course}/people/{login}": (401, 403, 403, 204, 404, 403, 403),
    # Of ann's tokens.
    "GET /api/users/{name}/tokens": (401, 200, 403, 200, 200, 403, 403),
    "POST /api/users/{name}/tokens": (401, 201, 403, 201, 201, 403, 403),
    "DELETE /api/users/{name}/tokens/{token_id}": (401, 404, 403, 404, 404, 403, 403),
    "POST /api/assignments/{slug}/batches": regraders(202),
    "POST /api/assignments/{slug}/regrades": regraders(202),
    "GET /api/assignments/{slug}/batches": STAFF,
    "GET /api/assignments/{slug}/regrades": STAFF,
    "GET /api/regrades/{group_id}/diff": STAFF,
    # Still being graded.
    "POST /api/regrades/{group_id}/apply": regraders(409),
    "POST /api/regrades/{group_id}/revert": regraders(409),
    "GET /api/batches/{group_id}/report.csv": STAFF,
    **{
        f"{verb} /api/{kind}/{{group_id}}{rest}": expected
        for kind in ("batches", "regrades")
        for verb, rest, expected in (
            ("GET", "", STAFF),
            # An instructor, an administrator and CI one after the other; a TA reads.
            ("POST", "/pause", (401, 403, 403, 200, 409, 409, 403)),
            ("POST", "/resume", (401, 403, 403, 200, 409, 409, 403)),
            ("POST", "/cancel", (401, 403, 403, 200, 409, 409, 403)),
            ("GET", "/events", STAFF),  # asked for last: it ends with its group
        )
    },
}

# Routes that name nothing of a course: what they say is about the caller's own.
UNNAMED = {
    "GET /healthz": (200,) * 5,
    "GET /readyz": (200,) * 5,
    "GET /metrics": (403,) * 5,
    "GET /api/assignments": (200, 200, 200, 200, 401),
    "GET /api/courses": (200, 200, 200, 200, 401),
    "POST /api/courses": (403, 403, 403, 403, 401),
    "GET /api/late-days": (403, 200, 200, 403, 401),
    "POST /api/late-days/{student}": (403, 403, 422, 403, 401),
    "GET /api/audit": (403, 403, 200, 403, 401),
    "GET /api/messages": (200, 200, 200, 200, 401),
    "PUT /api/messages": (200, 200, 200, 200, 401),
    "GET /api/messages/outbox": (403, 403, 200, 403, 401),
    "GET /api/waiting": (403, 200, 200, 403, 401),
    "GET /api/queue": (403, 200, 200, 403, 401),
    "GET /api/roster": (403, 403, 200, 403, 401),
    "POST /api/roster": (403, 403, 200, 403, 401),
    "POST /api/roster/sign-in-mails": (403, 403, 409, 403, 401),
    "POST /api/roster/sign-in-links.csv": (403, 403, 200, 403, 401),
    "GET /api/lms/platforms": (403, 403, 200, 403, 401),
    "POST /api/lms/platforms": (403, 403, 403, 403, 401),
    "DELETE /api/lms/platforms/{platform_id}": (403, 403, 403, 403, 401),
    "POST /api/lms/invitations": (403, 403, 403, 403, 401),
    "POST /api/lms/keys": (403, 403, 403, 403, 401),
    "GET /api/lms/courses": (403, 403, 200, 403, 401),
    "POST /api/lms/courses/{course_id}/accept": (403, 403, 404, 403, 401),
    "DELETE /api/lms/courses/{course_id}": (403, 403, 404, 403, 401),
    "POST /api/lms/courses/{course_id}/roster": (403, 403, 404, 403, 401),
    # Of ann, who is in the first course.
    "GET /api/users/{name}/tokens": (403, 403, 404, 403, 401),
    "POST /api/users/{name}/tokens": (403, 403, 404, 403, 401),
    "DELETE /api/users/{name}/tokens/{token_id}": (403, 403, 404, 403, 401),
}
WORD = re.compile(r"[\w-]+")
SECRETS = ("ann", "bob", "dora", "Homework", "hw", "Main")


@pytest.fixture
def world(store, uploads, course):
    return World(store, uploads, course)


def routes_of(world):
    paths = world.client.get("/openapi.json").json()["paths"]
    return {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}


def test_each_route_answers_each_caller_as_written_down(world):
    assert routes_of(world) == TABLE.keys()
    told = {route: tuple(world.ask(route, who) for who in CALLERS) for route in TABLE}
    assert told == TABLE


def test_each_route_answers_people_of_another_course_as_written_down(world):
    assert UNNAMED.keys() <= TABLE.keys()
    told = {route: tuple(world.ask(route, who) for who in STRANGERS) for route in TABLE}
    assert told == {route: UNNAMED.get(route, NOT_THERE) for route in TABLE}


@pytest.mark.parametrize("who", STRANGERS[:-1])
def test_nothing_of_a_course_is_read_in_another(world, who):
    """Neither what is in it nor that it is there: an answer is that of a name nobody has."""
    secrets = {*SECRETS, world.parts["submission_id"], *world.groups.values()}
    for route in TABLE:
        answer = world.answer(route, who)
        read = WORD.findall(answer.text)
        assert not {*read} & secrets - {*WORD.findall(world.url(route))}, route


@pytest.mark.parametrize("who", [*CALLERS[1:4], *STRANGERS[:-1]])
def test_course_that_is_not_theirs_cannot_be_asked_for(world, who):
    theirs = "other" if who in STRANGERS else "main"
    foreign = "main" if theirs == "other" else "other"
    for path in ("/api/roster", "/api/audit", "/api/late-days"):
        assert world.get(f"{path}?course={foreign}", who).status_code == 404
        assert world.get(f"{path}?course={theirs}", who).status_code in (200, 403)
        assert world.get(f"{path}?course=nowhere", who).status_code == 404


def test_role_in_one_course_is_none_in_another(world):
    """Somebody who teaches one course and takes the other is a student there."""
    world.enrol("oscar", "main", "student")
    assert world.ask("GET /api/assignments/{slug}", "oscar") == 200
    assert world.ask("GET /api/assignments/{slug}/gradebook.csv", "oscar") == 403
    assert world.ask("GET /api/submissions/{submission_id}", "oscar") == 404
    assert world.ask("GET /api/submissions/{submission_id}/marks", "oscar") == 403
    assert world.get("/api/roster?course=main", "oscar").status_code == 403
    assert world.get("/api/roster?course=other", "oscar").status_code == 200
    assert world.get("/api/audit?course=main", "oscar").status_code == 403
    listed = world.get("/api/courses", "oscar").json()["courses"]
    assert {one["slug"]: one["role"] for one in listed} == {
        "main": "student",
        "other": "instructor",
    }
    assert {one["students"] for one in listed if one["slug"] == "main"} == {None}


def test_whoever_may_change_several_courses_says_which(world):
    world.enrol("oscar", "main", "instructor")
    files = {"file": ("roster.csv", b"login,email\nzoe,zoe@u.example\n")}
    answer = world.client.post("/api/roster", files=files, headers=world.headers("oscar"))
    assert (answer.status_code, "main, other" in answer.text) == (422, True)
    path = "/api/roster?course=other"
    answer = world.client.post(path, files=files, headers=world.headers("oscar"))
    assert answer.json()["added"] == ["zoe"]


def test_token_that_staff_issue_opens_their_course_alone(world):
    world.enrol("oscar", "main", "student")
    made = world.send("POST", "/api/users/oscar/tokens", "eve", days=1).json()
    assert made["course"] == "main"
    world.tokens["oscar as main"] = made["token"]
    assert world.ask("GET /api/assignments/{slug}", "oscar as main") == 200
    assert world.get("/api/roster?course=other", "oscar as main").status_code == 404
    again = world.send("POST", "/api/users/oscar/tokens", "oscar as main", days=1)
    assert again.json()["course"] == "main"


def test_staff_see_and_end_no_token_of_another_course(world):
    world.enrol("oscar", "main", "student")
    world.send("POST", "/api/users/oscar/tokens", "oscar", days=1)
    assert world.get("/api/users/oscar/tokens", "eve").json()["tokens"] == []
    for token in world.get("/api/users/oscar/tokens", "oscar").json()["tokens"]:
        path = f"/api/users/oscar/tokens/{token['id']}"
        assert world.send("DELETE", path, "eve").status_code == 404
    made = world.send("POST", "/api/users/oscar/tokens", "eve", days=1).json()
    (seen,) = world.get("/api/users/oscar/tokens", "eve").json()["tokens"]
    assert (seen["id"], seen["course"]) == (made["id"], "main")


def test_whoever_drops_cannot_sign_in_and_is_there_again_with_the_next_roster(world):
    assert world.get("/api/assignments", "ann").status_code == 200
    assert world.send("DELETE", "/api/courses/main/people/ann").status_code == 204
    assert world.get("/api/assignments", "ann").status_code == 401
    assert "ann" not in world.plain()
    world.roster(b"login,name\nann,Ann\n")
    assert world.get("/api/assignments", "ann").status_code == 200
    assert world.plain()["ann"]["submissions"] == "1"


def test_homework_moves_with_all_its_work(world):
    world.enrol("eve", "other", "instructor")
    assert world.send("PUT", "/api/courses/other/assignments/hw").status_code == 204
    assert world.ask("GET /api/submissions/{submission_id}", "ann") == 404
    assert world.ask("GET /api/submissions/{submission_id}", "oscar") == 200
    assert world.ask("GET /api/assignments/{slug}", "olga") == 200
    assert world.get("/api/assignments", "ann").json()["assignments"] == []
    for course in ("main", "other"):
        log = world.get(f"/api/audit?course={course}", "eve").json()["entries"]
        (moved,) = (one for one in log if one["action"] == "homework moved")
        assert moved["detail"] == {"from": "main", "to": "other"}


def test_log_keeps_a_move_in_both_courses_when_the_homework_moves_on(world):
    courses.add(world.store, "third", "Third course", "", "test")
    for course in ("other", "third"):
        world.enrol("eve", course, "instructor")
    for course in ("other", "third"):
        assert world.send("PUT", f"/api/courses/{course}/assignments/hw").status_code == 204
    moves = {
        course: [
            one["detail"]["to"]
            for one in world.get(f"/api/audit?course={course}", "eve").json()["entries"]
            if one["action"] == "homework moved"
        ]
        for course in ("main", "other")
    }
    assert moves == {"main": ["other"], "other": ["third", "other"]}


def test_who_makes_a_course_is_answered_as_its_administrator(world):
    made = world.send("POST", "/api/courses", "root", slug="new", title="New").json()
    assert (made["role"], made["students"], made["assignments"]) == ("admin", 0, [])
    listed = world.get("/api/courses", "root").json()["courses"]
    assert made in listed
