"""The bound on bodies, without a server: what is counted, given up, and not even read."""

import asyncio
import itertools
import json

import pytest
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException

from grader.http import bodies, problems

JSON = {"content-type": "application/json"}


async def echo(request: Request):
    return {"bytes": len(await request.body())}


@pytest.fixture
def app():
    made = FastAPI()
    made.add_middleware(bodies.Bounded)
    problems.install(made)
    made.post("/")(echo)

    @made.post("/typed")
    def typed(numbers: list[int]):
        return {"bytes": len(numbers)}

    return made


class Answer:
    """What an application answered, and how much of the body it took."""

    def __init__(self, app, pieces, headers=JSON, path="/", pause_s=0.0):
        self.taken, self.status, self.text, self.headers = 0, 0, b"", {}
        self._pieces, self._pause_s = iter(pieces), pause_s
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": path, "headers": raw}
        scope |= {"query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": ""}
        asyncio.run(app(scope, self._receive, self._send))

    async def _receive(self):
        await asyncio.sleep(self._pause_s)
        piece = next(self._pieces, None)
        self.taken += len(piece or b"")
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])
        self.text += message.get("body", b"")


def test_body_up_to_the_bound_is_taken(app):
    answer = Answer(app, [b"x" * (bodies.MAX_BYTES - 1), b"x"])
    assert (answer.status, json.loads(answer.text)) == (200, {"bytes": bodies.MAX_BYTES})


@pytest.mark.parametrize("path", ["/", "/typed"])
def test_body_beyond_the_bound_is_given_up_while_it_comes(app, path):
    answer = Answer(app, itertools.repeat(b"x" * 100_000), path=path)
    assert answer.status == 413
    assert answer.taken <= bodies.MAX_BYTES + 100_000
    assert answer.headers[b"connection"] == b"close"


def test_body_that_announces_too_much_is_not_read(app):
    answer = Answer(app, [b"x"], JSON | {"content-length": str(60 * 10**6)})
    assert (answer.status, answer.taken) == (413, 0)


def test_form_without_files_has_a_smaller_bound(app):
    kind = {"content-type": f"{bodies.FORM}; charset=utf-8"}
    assert Answer(app, [b"x" * bodies.FORM_BYTES], kind).status == 200
    assert Answer(app, [b"x" * (bodies.FORM_BYTES + 1)], kind).status == 413


def test_body_that_comes_too_slowly_is_given_up(app, monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.1)
    answer = Answer(app, itertools.repeat(b"x"), path="/typed", pause_s=0.04)
    assert answer.status == 408
    assert "too slowly" in json.loads(answer.text)["detail"]


def test_route_that_counts_by_itself_is_left_alone():
    app = FastAPI()
    app.add_middleware(bodies.Bounded)

    @app.post("/")
    async def counts(request: Request):
        bodies.leave_to_route(request)
        return await echo(request)

    kind = {"content-type": "multipart/form-data; boundary=b"}
    body = Answer(app, [b"x" * bodies.MAX_BYTES] * 2, kind)
    assert json.loads(body.text) == {"bytes": 2 * bodies.MAX_BYTES}


@pytest.mark.parametrize("length", ["", "-1", "1e9", "\u0661", "9" * 30, "abc"])
def test_odd_length_announces_nothing(length):
    scope = {"type": "http", "headers": [(b"content-length", length.encode())]}
    assert bodies.announced_bytes(Request(scope)) == 0


def test_refusals_are_http_errors_which_the_framework_passes_on():
    assert isinstance(bodies._too_large(1), HTTPException)
