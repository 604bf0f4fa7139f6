"""The whole way with a platform that nobody here wrote: `lti1p3platform`, over loopback."""

import urllib.parse
from fractions import Fraction

import pytest

from grader import errors
from grader.lti import connections, platforms, transport
from grader.service import lti_platforms
from grader.store import lti_platforms as stored
from tests.support import fakes_service as fakes
from tests.support.foreign_lms import ForeignLms
from tests.support.lms import Classroom, field


@pytest.fixture(scope="module")
def foreign():
    running = ForeignLms()
    yield running
    running.stop()


class Room(Classroom):
    """Our service, connected with the foreign platform."""

    def __init__(self, store, uploads, course, foreign):
        super().__init__(store, uploads, course, foreign, register=False)
        self.foreign = foreign
        url = foreign.url
        given = platforms.Registration(
            url, "tool-7", f"{url}/auth", f"{url}/token", f"{url}/jwks", deployments=("1",)
        )
        stored.add(store, given, "test")
        foreign.columns.clear()
        foreign.results.clear()
        foreign.knows(self.browser.get("/lti/jwks").json())

    def come(self, **more):
        path = self.foreign.login_url().removeprefix(self.site_url)
        left = self.browser.get(path, follow_redirects=False)
        assert left.status_code == 302, left.text
        query = urllib.parse.urlsplit(left.headers["location"]).query
        answer = self.foreign.answer(dict(urllib.parse.parse_qsl(query)), **more)
        form = {"id_token": answer["id_token"], "state": answer["state"]}
        to = answer["launch_url"].removeprefix(self.site_url)
        return self.browser.post(to, data=form, follow_redirects=False)


@pytest.fixture
def room(store, uploads, course, foreign):
    made = Room(store, uploads, course, foreign)
    assert made.come().status_code == 403
    made.accept()
    return made


def test_foreign_launch_signs_in_and_leads_to_the_homework(room):
    assert room.come(homework="hw").headers["location"] == "/assignments/hw"
    assert room.who() == ("ann", "student")


def test_foreign_platform_takes_our_choice(room, foreign):
    answer = room.come(role="Instructor", choosing=True)
    form = {"ticket": field(answer, "ticket"), "homework": "hw"}
    page = room.browser.post("/lti/choose", data=form)
    (item,) = foreign.chosen(field(page, "JWT"))
    assert (item["type"], item["custom"]) == ("ltiResourceLink", {"homework": "hw"})


def test_foreign_roster_is_read_to_its_last_page(room):
    (course,) = room.get("/api/lms/courses", "eve").json()["courses"]
    taken = room.send("POST", f"/api/lms/courses/{course['id']}/roster").json()
    assert taken["added"] == [f"p{n}@u.example" for n in range(5)]
    assert taken["dropped"] == []


def test_foreign_platform_makes_a_column_and_takes_scores(room, foreign):
    room.schedule(published=True)
    room.come(homework="hw")
    answer = room.post()
    room.finish(answer, fakes.report(Fraction(8)))
    room.registrar.round()
    assert [one["resourceId"] for one in foreign.columns.values()] == ["hw"]
    assert (foreign.results["user-1"]["scoreGiven"], len(foreign.results)) == (8, 1)
    room.finish(room.post(), fakes.report(Fraction(9)))
    room.registrar.round()
    assert foreign.results["user-1"]["scoreGiven"] == 9


def test_foreign_platform_checks_our_proof_of_identity(room, foreign):
    """Signed by a key that it does not know, our request for a token fails."""
    (platform,) = lti_platforms.every(room.services)
    access = lti_platforms.access(room.services, platform)
    scope = ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    fresh = connections.LmsConnections(transport.Transport(plain=True))
    assert fresh.access_token(platform, access.key, scope)
    foreign.knows({"keys": []})
    fresh = connections.LmsConnections(transport.Transport(plain=True))
    with pytest.raises(errors.Undelivered, match="gave no access"):
        fresh.access_token(platform, access.key, scope)
