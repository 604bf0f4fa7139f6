"""Bring a database to the schema this code expects.

Owns the order and the record of what was applied: our numbered `migrations/*.sql`, then the job
engine's own schema and its later migrations, then what we add to its tables. All of it is one
transaction under an advisory lock, so two processes starting together, or a kill in the middle,
leave a whole schema.
"""

import logging
import time
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable

import psycopg
from procrastinate import schema as engine

from grader import errors

log = logging.getLogger(__name__)

POLL_S = 1.0
LOCK_KEY = 0x67726164  # "grad"; any number, the same in every process
ENGINE_PREFIX = "engine/"

RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
)"""


def apply(conninfo: str, wait_s: float = 0.0) -> list[str]:
    """Apply what is missing; returns the names applied, oldest first.

    Args:
        wait_s: how long a database that is away, or just starting, is waited for.

    Raises:
        StoreUnavailable: no connection, or the database was written by newer code.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            with psycopg.connect(conninfo) as connection:
                return _apply(connection)
        except psycopg.OperationalError as exc:
            if time.monotonic() >= deadline:
                raise errors.StoreUnavailable(
                    f"The database cannot be reached: {exc}\nSee whether its server runs, and "
                    "whether GRADER_DATABASE_URL and the password are right."
                ) from exc
            log.warning("the database cannot be reached yet: %s", exc)
            time.sleep(POLL_S)


def unknown(names: Iterable[str]) -> list[str]:
    """Those that this release does not have: a newer one applied them."""
    return sorted(set(names) - {*_ours(), *_engine(fresh=True), *_on_engine()})


def _apply(connection: psycopg.Connection) -> list[str]:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    connection.execute(RECORD)
    have = {row[0] for row in connection.execute("SELECT name FROM schema_migrations")}
    fresh = not any(name.startswith(ENGINE_PREFIX) for name in have)
    scripts = {**_ours(), **_engine(fresh=fresh), **_on_engine()}
    if newer := unknown(have):
        raise errors.StoreUnavailable(
            f"The database was changed by a newer release ({', '.join(newer)}). "
            "Install that release, or restore a backup made before it."
        )
    missing = [name for name in scripts if name not in have]
    for name in missing:
        # Scripts are files of installed packages, never input.
        connection.execute(scripts[name].encode())
        connection.execute("INSERT INTO schema_migrations (name) VALUES (%s)", [name])
    return missing


def _ours() -> dict[str, str]:
    return _scripts(resources.files("grader.store") / "migrations")


def _on_engine() -> dict[str, str]:
    """What we add to the engine's tables, once they are there."""
    scripts = _scripts(resources.files("grader.store") / "migrations" / "on_engine")
    return {f"on_engine/{name}": text for name, text in scripts.items()}


def _engine(*, fresh: bool) -> dict[str, str]:
    """The engine's schema when new (its migrations then only recorded), else its migrations."""
    scripts = _scripts(resources.files("procrastinate.sql") / "migrations")
    names = {ENGINE_PREFIX + name: "" if fresh else text for name, text in scripts.items()}
    schema = engine.SchemaManager.get_schema() if fresh else ""
    return {ENGINE_PREFIX + "schema.sql": schema, **names}


def _scripts(folder: Traversable) -> dict[str, str]:
    """Name -> text of a folder's scripts, in the order of their names."""
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return {f.name: f.read_text(encoding="utf-8") for f in files}
