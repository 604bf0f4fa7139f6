"""The body of an upload while it streams, without a server."""

import asyncio
import itertools

import pytest
from starlette.requests import Request

from grader.http import bodies, multipart, problems

PART = b"--x\r\nContent-Disposition: form-data; name=files; filename=layers.py\r\n\r\n"
HEADERS = [(b"content-type", b"multipart/form-data; boundary=x")]


def taken(messages, pause_s=0.0):
    """What comes of a body of these pieces with a pause before each."""
    pieces = iter(messages)

    async def receive():
        await asyncio.sleep(pause_s)
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def read():
        request = Request({"type": "http", "method": "POST", "headers": HEADERS}, receive)
        async with multipart.received(request, 10_000, asyncio.Semaphore(1)) as form:
            return form.files

    return asyncio.run(read())


def test_whole_body_gives_its_files():
    assert taken([PART, b"x = 1", b"\r\n--x--\r\n"]) == [("layers.py", b"x = 1")]


def test_body_that_comes_too_slowly_is_given_up(monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.1)
    with pytest.raises(problems.Problem) as caught:
        taken(itertools.chain([PART], itertools.repeat(b"x")), pause_s=0.04)
    assert caught.value.status == 408


def test_body_that_is_long_but_quick_enough_is_taken(monkeypatch):
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.1)
    monkeypatch.setattr(bodies, "MIN_BYTES_PER_S", 10)  # ten seconds more for each piece
    assert taken([PART, *[b"x" * 100] * 6, b"\r\n--x--\r\n"], pause_s=0.03)


def test_body_beyond_the_limit_is_refused_while_it_streams(monkeypatch):
    monkeypatch.setattr(multipart, "MAX_DISCARDED_BYTES", 100_000)
    with pytest.raises(problems.Problem) as caught:
        taken(itertools.chain([PART], itertools.repeat(b"x" * 50_000)))
    assert caught.value.status == 413
