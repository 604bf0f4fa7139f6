"""HEAD, and a slash at the end of a path."""

import itertools

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

from grader.http import plain_requests


@pytest.fixture
def client():
    app = FastAPI(redirect_slashes=False)
    app.add_middleware(plain_requests.PlainRequests)

    @app.post("/things/{name}/parts")
    async def put(name: str, request: Request):
        return {"name": name, "bytes": len(await request.body())}

    @app.get("/things/{name}")
    def get(name: str):
        return {"name": name}

    @app.get("/stream")
    def stream():
        return StreamingResponse(f"{number}\n" for number in itertools.count())

    return TestClient(app)


@pytest.mark.parametrize("end", ["", "/", "//"])
def test_slash_at_the_end_means_nothing(client, end):
    answer = client.post(f"/things/a/parts{end}", content=b"body", follow_redirects=False)
    assert (answer.status_code, answer.json()) == (200, {"name": "a", "bytes": 4})


def test_head_is_a_get_without_a_body(client):
    whole, head = client.get("/things/a"), client.head("/things/a")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers
    assert client.head("/nothing").status_code == 404
    assert client.head("/things/a/parts").status_code == 405


def test_head_of_what_never_ends_is_answered(client):
    assert client.head("/stream").status_code == 200
