"""An archived course is read and not changed, whatever route or form is asked, by whomever."""

import re

import pytest

from grader.course import permissions
from grader.service import accounts, courses
from grader.web import site
from tests.support.api_client import problem
from tests.support.browser_client import Staff
from tests.support.course_client import World

# What is somebody's own, the service's, or about the end of the course: route -> its answer.
LEFT = {
    "POST /api/courses": 201,
    "PATCH /api/courses/{course}": 409,  # its title; opening it again is another thing
    "PUT /api/courses/{course}/retention": 200,
    "POST /api/courses/{course}/grade-archives": 201,
    "DELETE /api/courses/{course}/work": 422,
    "POST /api/users/{name}/tokens": 201,
    "DELETE /api/users/{name}/tokens/{token_id}": 404,
    "PUT /api/messages": 200,
    "POST /api/lms/platforms": 409,
    "DELETE /api/lms/platforms/{platform_id}": 404,
    "POST /api/lms/invitations": 409,
    "POST /api/lms/keys": 201,
    "POST /api/roster/sign-in-mails": 422,  # which course, of an administrator's
    "POST /api/roster/sign-in-links.csv": 422,
}
FORMS_LEFT = {
    "/courses",
    "/courses/{course}/archive",
    "/courses/{course}/retention",
    "/courses/{course}/grade-archives",
    "/courses/{course}/work/delete",
    "/tokens",
    "/tokens/end",
    "/messages",
    "/roster/token",
    "/roster/person/token",
    "/roster/mails",
    "/roster/links.csv",
    "/lms/platforms",
    "/lms/platforms/remove",
    "/lms/invitations",
    "/lms/keys",
    "/assignments/{slug}/similarity",
}
# Nobody is signed in there, or they answer an LMS.
OUTSIDE = ("/sign-in", "/sign-out", "/lti/")


def archive(store):
    courses.change(store, "main", "test", archived=True)


def test_each_route_that_changes_something_is_refused(store, uploads, course):
    world = World(store, uploads, course)
    archive(store)
    paths = world.client.get("/openapi.json").json()["paths"]
    routes = [f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs]
    changing = sorted(one for one in routes if one.split()[0] not in permissions.READING)
    assert set(LEFT) <= set(changing)
    log = world.audit()
    for route in changing:
        if route in LEFT:
            continue
        for who in ("root", "eve"):
            answer = world.answer(route, who)
            named = "{annotation_id}" in route or "{request_id}" in route  # there is none
            assert answer.status_code == (404 if named else 409), (route, who, answer.text)
            assert named or answer.json()["detail"] == courses.ARCHIVED
    assert world.audit() == log
    assert {route: world.ask(route, "root") for route in sorted(LEFT)} == LEFT


def test_each_form_is_refused(store, uploads, course):
    staff = Staff(store, uploads, course)
    parts = {"slug": "hw", "submission_id": str(staff.hand_in_as()), "course": "main"}
    archive(store)
    routes = [route for router in site.ROUTERS for route in router.routes]
    forms = {one.path for one in routes if "POST" in one.methods}
    forms = {one for one in forms if not one.startswith(OUTSIDE)}
    assert forms >= FORMS_LEFT
    for path in sorted(forms - FORMS_LEFT):
        if re.search("{(group_id|request_id|annotation_id|team_id)}", path):
            continue  # there is none; their routes are refused as the API's are
        filled = path.format_map(parts | {"task": "1a", "marked": "1a", "number": "1"})
        answer = staff.send(filled)
        assert (answer.status_code, "is archived" in answer.text) == (409, True), path


def test_pages_say_so_and_are_read(store, uploads, course):
    staff = Staff(store, uploads, course)
    page = f"/submissions/{staff.hand_in_as()}"
    assert "is archived" not in staff.page(page).text
    archive(store)
    for path in (page, "/assignments/hw", "/assignments/hw/schedule", "/courses/main/settings"):
        answer = staff.page(path)
        assert (answer.status_code, answer.text.count(courses.ARCHIVED)) == (200, 1), path
    for path in ("/courses", "/tokens", "/messages", "/courses/main/retention"):
        assert "This course is archived" not in staff.page(path).text


def test_another_course_is_changed_as_ever(store, uploads, course):
    world = World(store, uploads, course)
    courses.change(store, "other", "test", archived=True)
    assert world.ask("PATCH /api/assignments/{slug}/schedule", "eve") == 200
    roster = {"file": ("roster.csv", b"login,email\nzoe,zoe@u.example\n")}
    answer = world.client.post("/api/roster", files=roster, headers=world.headers("oscar"))
    assert problem(answer, 409)["detail"] == courses.ARCHIVED


@pytest.mark.parametrize("away", ["from", "into"])
def test_homework_is_neither_moved_out_of_an_archived_course_nor_into_one(
    store, uploads, course, away
):
    world = World(store, uploads, course)
    courses.change(store, "main" if away == "from" else "other", "test", archived=True)
    answer = world.send("PUT", "/api/courses/other/assignments/hw", "root")
    assert problem(answer, 409)["detail"] == courses.ARCHIVED


def test_administrator_opens_it_again_and_nobody_else(store, uploads, course):
    world = World(store, uploads, course)
    archive(store)
    assert world.send("PATCH", "/api/courses/main", "eve", archived=False).status_code == 403
    problem(world.send("PATCH", "/api/courses/main", "eve", title="Another"), 409)
    assert world.send("PATCH", "/api/courses/main", "root", archived=False).status_code == 200
    assert world.ask("PATCH /api/assignments/{slug}/schedule", "eve") == 200


def test_student_reads_their_work_in_an_archived_course(store, uploads, course):
    world = World(store, uploads, course)
    archive(store)
    assert world.ask("GET /api/submissions/{submission_id}/report", "ann") == 200
    refused = world.post()
    assert problem(refused, 409)["detail"] == courses.ARCHIVED
    assert accounts.find(store, world.tokens["ann"]).member.is_archived("main")
