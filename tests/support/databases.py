"""Fixtures of an embedded PostgreSQL: one server for a session, a fresh database for each test.

A conftest or a test module imports those it offers, `server_url` among them.
"""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from grader.store import blobs, database, migrate, rows
from grader.store.embedded import server
from tests.support import fakes_service as fakes

_numbers = itertools.count()
# Nothing here outlives the server, so nothing need survive a power cut. And the server would look
# after a thousand databases of tests that are over, ten a second.
OF_A_SERVER_FOR_TESTS = {"fsync": "off", "autovacuum": "off"}


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server.running(tmp_path_factory.mktemp("pg"), own=True) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            for name, value in OF_A_SERVER_FOR_TESTS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE ready")
        migrate.apply(f"{url} dbname=ready")
        yield url


@pytest.fixture
def database_url(server_url: str) -> str:
    return fresh(server_url)


def fresh(server_url: str) -> str:
    """Another database of the server, with the schema and nothing in it.

    Its files are copied: to log each of their pages, as is usual, takes six times the processor.
    """
    name = f"test{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE ready STRATEGY file_copy")
    return f"{server_url} dbname={name}"


@pytest.fixture
def another_database(server_url: str) -> Callable[[], str]:
    """Makes one more, for a test that needs several."""
    return lambda: fresh(server_url)


@pytest.fixture
def store(database_url: str) -> Iterator[database.Database]:
    with contextlib.closing(database.Database(database_url)) as opened:
        yield opened


@pytest.fixture
def uploads(tmp_path: Path) -> blobs.Blobs:
    return blobs.Blobs(tmp_path / "uploads")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return fakes.course(tmp_path / "course")


@pytest.fixture
def student(store: database.Database) -> rows.User:
    from grader.service import accounts  # the fixture's own need

    found = accounts.find(store, accounts.add_user(store, "ann", "student"))
    assert found
    return found
