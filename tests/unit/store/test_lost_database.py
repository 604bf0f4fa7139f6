"""What the pool and the worker do while the database is away."""

import asyncio
import logging
import time

import procrastinate
import psycopg
import psycopg_pool
import pytest
from procrastinate import testing

from grader import errors
from grader.service import worker
from grader.store import database

TRIES = 5
LIMIT_S = 10.0  # pauses that double would come to the fourth try within it


@pytest.fixture
def tried(monkeypatch, caplog):
    """Counts the connections that a pool tried to make."""
    monkeypatch.setattr(database, "RECONNECT_S", 0.1)
    caplog.set_level(logging.WARNING, "psycopg.pool")
    return lambda: sum("error connecting" in record.getMessage() for record in caplog.records)


def test_pool_goes_on_trying_at_a_steady_pace(tried, tmp_path):
    store = database.Database(f"host={tmp_path} dbname=away connect_timeout=2")
    try:
        deadline = time.monotonic() + LIMIT_S
        while tried() < TRIES and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        store.close()
    assert tried() >= TRIES


class Away(testing.InMemoryConnector):
    """A database that does not come up in time, at first; counts openings and closings."""

    def __init__(self, error):
        super().__init__()
        self.error, self.opened, self.closed = error, 0, 0

    async def open_async(self, pool=None):
        self.opened += 1
        if self.opened == 1:
            raise self.error

    async def close_async(self):
        self.closed += 1


@pytest.mark.parametrize(
    "error", [psycopg_pool.PoolTimeout("incomplete"), psycopg.OperationalError("refused")]
)
def test_worker_outlives_a_database_that_does_not_come_up(error, monkeypatch):
    """The engine lets the pool's own error out when it cannot open it."""
    monkeypatch.setattr(worker, "RESTART_PAUSE_S", 0.01)
    connector = Away(error)
    mine = worker.Worker(procrastinate.App(connector=connector), None, concurrency=1, alone=True)

    with pytest.raises(errors.OperatorError, match="is starting"):
        mine.check()  # at every start of a service, so it must not read as a failure

    async def until_alive():
        running = asyncio.create_task(mine.run())
        while not mine.alive:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(until_alive(), 20))
    assert (connector.opened, connector.closed) == (2, 2)
