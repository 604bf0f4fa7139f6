"""After the database restarted, its dead connections are replaced at once, not one by one."""

import asyncio
import contextlib
import threading

import psycopg
import psycopg_pool

from grader.service import jobs
from grader.store import database

IDLE = 6


def cut(url):
    """End all other connections to the database, as a restart of the server does."""
    query = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    """
    with psycopg.connect(url, autocommit=True) as connection:
        (count,) = connection.execute(query).fetchone()
    return count


def hold_at_once(store, count):
    """Take so many connections at the same time, and give them back."""
    together = threading.Barrier(count)

    def hold():
        with store.transaction():
            together.wait(20)

    threads = [threading.Thread(target=hold) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_dead_connection_replaces_all_that_are_idle(store, database_url, monkeypatch):
    failed = []
    check = psycopg_pool.ConnectionPool.check_connection

    def counted(connection):
        try:
            check(connection)
        except psycopg.OperationalError:
            failed.append(connection)
            raise

    monkeypatch.setattr(psycopg_pool.ConnectionPool, "check_connection", staticmethod(counted))
    hold_at_once(store, IDLE)
    assert cut(database_url) == IDLE
    store.ping()
    assert len(failed) == 1


def test_engine_pool_does_the_same(database_url, monkeypatch):
    failed = []
    check = psycopg_pool.AsyncConnectionPool.check_connection

    async def counted(connection):
        try:
            await check(connection)
        except psycopg.OperationalError:
            failed.append(connection)
            raise

    monkeypatch.setattr(psycopg_pool.AsyncConnectionPool, "check_connection", staticmethod(counted))

    async def story():
        pool = database.engine_pool(conninfo=database_url, min_size=IDLE, max_size=IDLE, open=False)
        async with pool:
            await pool.wait()
            assert cut(database_url) == IDLE
            async with pool.connection() as connection:
                await connection.execute("SELECT 1")

    asyncio.run(story())
    assert len(failed) == 1


def test_the_job_engine_uses_that_pool(store):
    class Grader:
        def __init__(self):
            self.store = store

    async def story():
        app = jobs.application(Grader())
        async with app.open_async():
            with contextlib.suppress(psycopg.OperationalError):
                cut(store.conninfo)
            return await app.connector.execute_query_one_async("SELECT 1 AS answer")

    assert asyncio.run(story()) == {"answer": 1}
