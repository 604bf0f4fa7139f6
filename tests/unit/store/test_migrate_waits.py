"""A service that starts before its database waits for it."""

import psycopg
import pytest

from grader import errors
from grader.store import migrate

NOWHERE = "host=/nonexistent dbname=x connect_timeout=1"


def test_short_command_is_told_at_once_that_there_is_no_database(monkeypatch):
    monkeypatch.setattr(migrate.time, "sleep", lambda _: pytest.fail("it waited"))
    with pytest.raises(
        errors.StoreUnavailable, match=r"cannot be reached(?s:.*)GRADER_DATABASE_URL"
    ):
        migrate.apply(NOWHERE)


def test_database_that_comes_up_late_is_waited_for(monkeypatch):
    tries = []

    def connect(_):
        tries.append(1)
        raise psycopg.OperationalError("the database system is starting up")

    monkeypatch.setattr(migrate.psycopg, "connect", connect)
    monkeypatch.setattr(migrate, "POLL_S", 0.01)
    with pytest.raises(errors.StoreUnavailable, match="starting up"):
        migrate.apply(NOWHERE, 0.1)
    assert len(tries) > 3
