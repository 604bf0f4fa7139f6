"""Open requests are counted for each person, until their answers have ended."""

import pytest
from starlette.requests import Request

from grader import models
from grader.http import fair_share, problems
from grader.store import rows

ANN, BOB = (rows.User(number, name, models.Role.STUDENT) for number, name in enumerate(("a", "b")))
EVE = rows.User(9, "eve", models.Role.INSTRUCTOR)


class Open:
    """Requests that are being answered by one application."""

    def __init__(self):
        self.middleware = fair_share.FairShare(self.app)
        self.steps = {}

    async def app(self, scope, receive, send):
        fair_share.count_in(Request(scope), scope["user"])
        fair_share.count_in(Request(scope), scope["user"])  # a page and a route may both ask
        await receive()

    def start(self, user):
        """Begin a request, up to where it waits; what ends it."""
        step = self.middleware({"type": "http", "headers": [], "user": user}, _waits, None)
        step.send(None)
        return step


class _Waits:
    def __await__(self):
        yield


async def _waits():
    await _Waits()


@pytest.fixture
def requests():
    return Open()


def end(step):
    with pytest.raises(StopIteration):
        step.send(None)


def refused(requests, user):
    with pytest.raises(problems.Problem) as caught:
        requests.start(user)
    return caught.value.status


def test_one_person_s_share_is_bounded_and_others_go_on(requests):
    open_ones = [requests.start(ANN) for _ in range(fair_share.MOST_OF_STUDENT)]
    assert refused(requests, ANN) == 429
    end(requests.start(BOB))
    end(open_ones.pop())
    end(requests.start(ANN))
    for step in open_ones:
        end(step)


def test_students_together_leave_room_for_staff(requests, monkeypatch):
    monkeypatch.setattr(fair_share, "MOST_OF_STUDENTS", 2)
    open_ones = [requests.start(ANN), requests.start(BOB)]
    assert refused(requests, ANN) == 503
    open_ones.append(requests.start(EVE))
    for step in open_ones:
        end(step)
    end(requests.start(ANN))


def test_answer_that_fails_gives_its_place_back(requests):
    step = requests.start(ANN)
    with pytest.raises(RuntimeError):
        step.throw(RuntimeError())
    open_ones = [requests.start(ANN) for _ in range(fair_share.MOST_OF_STUDENT)]
    for step in open_ones:
        end(step)
