"""Every page for people of another course: what it is about is not there, and nothing is told."""

import dataclasses
import re

import pytest
from fastapi.routing import APIRoute

from grader.service import adapters
from grader.web import site
from tests.support import fakes_service as fakes
from tests.support.browser_client import Browser
from tests.support.course_client import World

WORD = re.compile(r"[\w-]+")
SECRETS = {"ann", "bob", "dora", "zed", "Homework"}
# For anybody, and of what everybody may read: they say nothing of people.
OPEN = ("/sign-in", "/student/{name}", "/notebooks/{slug}/{name}", "/lti/")
NAMES = {"number": "1", "path": "a.py", "first": "0", "second": "1", "name": "scores"}


class Site(World, Browser):
    """The pages of a service with two courses."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        app = self.client.app
        app.state.services = dataclasses.replace(app.state.services, views=adapters.views())


@pytest.fixture
def two(store, uploads, course):
    return Site(store, uploads, course)


def pages():
    """The address of every page, file and stream, as far as it is for people who are signed in."""
    return sorted(
        {
            route.path
            for router in site.ROUTERS
            for route in router.routes
            if isinstance(route, APIRoute)
            and "GET" in route.methods
            and not route.path.startswith(OPEN)
        }
    )


def filled(two, path):
    """The address with names of the first course."""
    group = two.groups["batches" if path.startswith("/batches") else "regrades"]
    values = NAMES | two.parts | {"group_id": group}
    address = re.sub(r"\{(\w+)(:path)?\}", lambda found: str(values[found[1]]), path)
    if path.endswith("/compare"):
        address += f"?with={two.parts['submission_id']}"
    return address + ("?login=ann" if path == "/roster/person" else "")


@pytest.mark.parametrize("who", ["olga", "otto", "oscar"])
def test_page_of_something_of_another_course_is_not_there(two, who):
    two.sign_in(who)
    ours = {"submission_id", "slug", "group_id", "request_id", "annotation_id", "course"}
    for path in pages():
        answer = two.page(filled(two, path))
        if ours & set(re.findall(r"\{(\w+)", path)):
            assert answer.status_code == 404, path
        else:
            assert answer.status_code in (200, 303, 403, 404), path
        secrets = SECRETS | {two.parts["submission_id"], *two.groups.values()}
        told = {*WORD.findall(answer.text)} & secrets - {*WORD.findall(filled(two, path))}
        assert not told, path
        assert "Main course" not in answer.text, path


@pytest.mark.parametrize("who", ["olga", "otto", "oscar"])
def test_page_of_a_whole_course_cannot_be_asked_for_by_another(two, who):
    two.sign_in(who)
    for path in ("/", "/roster", "/roster/person?login=ann", "/audit", "/queue", "/waiting"):
        mark = "&" if "?" in path else "?"
        assert two.page(f"{path}{mark}course=main").status_code == 404


def test_somebody_who_dropped_is_sent_to_sign_in(two):
    assert two.sign_in("dora").status_code == 401
    assert fakes.SLUG not in two.page("/").text
