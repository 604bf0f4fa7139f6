"""A form that is sent again is taken once, however long the first one takes."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse

from grader.web import sent_twice, sessions


def form(body=b"reason=late"):
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"cookie", f"{sessions.COOKIE}=abc".encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": "/regrades", "query_string": b""}
    return Request(scope | {"headers": headers, "server": ("localhost", 80)}, receive)


def test_second_click_waits_for_a_slow_first_one():
    calls = []

    async def slow(_request):
        calls.append(1)
        await asyncio.sleep(0.2)
        return RedirectResponse("/done")

    async def both(last):
        return await asyncio.gather(last.once(form(), slow), last.once(form(), slow))

    one, two = asyncio.run(both(sent_twice.SentLast(again_s=0.05)))
    assert (len(calls), one) == (1, two)


def test_same_form_later_is_another_one():
    calls = []

    async def handle(_request):
        calls.append(1)
        return RedirectResponse("/done")

    async def one_after_the_other(last):
        await last.once(form(), handle)
        await last.once(form(), handle)
        last.again_s = 0
        await last.once(form(), handle)

    asyncio.run(one_after_the_other(sent_twice.SentLast()))
    assert len(calls) == 2
