"""Bring a database to the schema this code expects.

Owns the order and the record of what was applied: our numbered `migrations/*.sql`, then the job
engine's own schema and its later migrations. All of it is one transaction under an advisory lock,
so two processes starting together, or a kill in the middle, leave a whole schema.
"""

from importlib import resources

import psycopg
from procrastinate import schema as engine

from grader import errors

LOCK_KEY = 0x67726164  # "grad"; any number, the same in every process
ENGINE_PREFIX = "engine/"

RECORD = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
)"""


def apply(conninfo: str) -> list[str]:
    """Apply what is missing; returns the names applied, oldest first.

    Raises:
        StoreUnavailable: no connection, or the database was written by newer code.
    """
    try:
        with psycopg.connect(conninfo) as connection:
            return _apply(connection)
    except psycopg.OperationalError as exc:
        raise errors.StoreUnavailable(f"The database cannot be reached: {exc}") from exc


def _apply(connection: psycopg.Connection) -> list[str]:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    connection.execute(RECORD)
    have = {row[0] for row in connection.execute("SELECT name FROM schema_migrations")}
    scripts = {**_ours(), **_engine(fresh=not any(n.startswith(ENGINE_PREFIX) for n in have))}
    unknown = sorted(have - scripts.keys())
    if unknown:
        raise errors.StoreUnavailable(
            f"The database was changed by a newer release ({', '.join(unknown)}). "
            "Install that release, or restore a backup made before it."
        )
    missing = [name for name in scripts if name not in have]
    for name in missing:
        # Scripts are files of installed packages, never input.
        connection.execute(scripts[name].encode())
        connection.execute("INSERT INTO schema_migrations (name) VALUES (%s)", [name])
    return missing


def _ours() -> dict[str, str]:
    folder = resources.files("grader.store") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return {f.name: f.read_text(encoding="utf-8") for f in files}


def _engine(*, fresh: bool) -> dict[str, str]:
    """The engine's schema when new (its migrations then only recorded), else its migrations."""
    folder = resources.files("procrastinate.sql") / "migrations"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    names = {ENGINE_PREFIX + f.name: "" if fresh else f.read_text(encoding="utf-8") for f in files}
    schema = engine.SchemaManager.get_schema() if fresh else ""
    return {ENGINE_PREFIX + "schema.sql": schema, **names}
