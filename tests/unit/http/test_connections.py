"""Connections that say nothing, on a real server on loopback."""

import asyncio
import contextlib
import functools
import time

import pytest
import uvicorn

from grader.http import connections

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def app(scope, receive, send):
    """Answers at once; on /slow, when the client has gone."""
    if scope["path"] == "/slow":
        while (await receive())["type"] != "http.disconnect":
            pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


@contextlib.asynccontextmanager
async def serving(**bounds):
    among = connections.Connections(**{"most": 100} | bounds)
    made = functools.partial(connections.BoundedConnection, among=among)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=made, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def connected(port, said=b""):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    await asyncio.sleep(0.02)
    return reader, writer


async def status(port):
    reader, writer = await connected(port, GET)
    line = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    return line.split()[1] if line else b"closed"


async def is_closed(reader):
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        return await asyncio.wait_for(reader.read(1), 0.3) == b""
    return reader.exception() is not None


@pytest.mark.parametrize("bounds", [{"most": 5}, {"most_of_address": 5}])
def test_silent_connections_give_way_the_oldest_first(bounds):
    async def scene():
        async with serving(**bounds) as port:
            silent = [await connected(port) for _ in range(5)]
            assert await status(port) == b"200"
            assert await is_closed(silent[0][0])
            assert not await is_closed(silent[-1][0])
            for _, writer in silent:
                writer.close()

    asyncio.run(scene())


def test_connection_with_a_request_stays_and_the_new_one_is_closed():
    async def scene():
        async with serving(most_of_address=3) as port:
            busy = [await connected(port, GET.replace(b"/ ", b"/slow ")) for _ in range(3)]
            with contextlib.suppress(ConnectionResetError):
                assert await status(port) == b"closed"
            assert not await is_closed(busy[0][0])
            busy.pop()[1].close()
            await asyncio.sleep(0.1)
            assert await status(port) == b"200"
            for _, writer in busy:
                writer.close()

    asyncio.run(scene())


def test_proxies_are_exempt_from_the_bound_of_an_address():
    async def scene():
        async with serving(most_of_address=1, exempt="::1, 127.0.0.0/8") as port:
            silent = [await connected(port) for _ in range(5)]
            assert not await is_closed(silent[0][0])
            for _, writer in silent:
                writer.close()

    asyncio.run(scene())


@pytest.mark.parametrize("drip", [b"", b"X"])
def test_head_that_does_not_come_whole_in_time_ends_the_connection(monkeypatch, drip):
    monkeypatch.setattr(connections, "IDLE_S", 0.5)

    async def scene():
        async with serving() as port:
            reader, writer = await connected(port, b"GET / HTTP/1.1\r\n")
            started = time.monotonic()
            while time.monotonic() - started < 8 and not reader.at_eof() and not reader.exception():
                with contextlib.suppress(ConnectionError):
                    writer.write(drip)
                    await asyncio.wait_for(writer.drain(), 1)
                await asyncio.sleep(0.05)
            assert 0.4 < time.monotonic() - started < 8
            writer.close()

    asyncio.run(scene())


def test_next_request_has_longer_to_begin_and_no_longer_to_come_whole(monkeypatch):
    assert (
        connections.BETWEEN_S > 60
    )  # a proxy that keeps its connections for a minute gives up first
    monkeypatch.setattr(connections, "IDLE_S", 0.4)
    monkeypatch.setattr(connections, "BETWEEN_S", 30.0)

    async def scene():
        async with serving() as port:
            reader, writer = await connected(port, GET)
            await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5)
            await asyncio.sleep(1)
            writer.write(GET)
            await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 5)
            writer.write(b"GET / HTTP/1.1\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()

    asyncio.run(scene())


def test_answered_connection_may_ask_again(monkeypatch):
    async def scene():
        async with serving() as port:
            reader, writer = await connected(port)
            for _ in range(3):
                writer.write(GET)
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
                assert b"200" in head
                await reader.readuntil(b"0\r\n\r\n")
            writer.close()

    asyncio.run(scene())
