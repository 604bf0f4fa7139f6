"""The database's address as operators write it; a password in it is never repeated."""

import psycopg.conninfo
import pytest

from grader import errors
from grader.store import database


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user@host/base",
        "postgres://user@host/base",
        "postgresql+psycopg://user@host/base",
        "postgresql+psycopg2://user@host/base",
    ],
)
@pytest.mark.parametrize("password", ["", "secret"])
def test_address_is_understood_with_and_without_a_driver(url, password):
    found = psycopg.conninfo.conninfo_to_dict(database.conninfo(url, password))
    assert (found["host"], found["user"], found["dbname"]) == ("host", "user", "base")
    assert found.get("password", "") == password


@pytest.mark.parametrize(
    "url", ["mysql://user:secret@host/base", "user:secret@host", "postgresql://user:secret@[::1/b"]
)
def test_what_is_no_address_is_refused_without_repeating_it(url):
    with pytest.raises(errors.OperatorError, match="GRADER_DATABASE_URL") as caught:
        database.conninfo(url, "")
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None
