"""Connections to the database: a pool, transactions, and one translation of its errors.

Owns the pool. The statements are in the other modules, one for each thing they are about; the
schema is in `migrate`. Synchronous: it is called from worker threads, from the thread pool of the
API and from the CLI.

Theory of operation
    A pool that lost the server tries again after pauses that double, for minutes in the end: after
    an outage it would stay away for as long again. So it gives up each row of tries early and
    `check` starts another, as long as the server is away.
    A server that restarted leaves dead connections behind, and the pool would try one after the
    other, with pauses of 1, 2, 4 s. One dead connection is enough to replace all that are idle.
"""

import contextlib
import re
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import psycopg.conninfo
import psycopg.rows
import psycopg_pool

from grader import errors
from grader.store import rows

CONNECTIONS = 10
CHECKOUT_LIMIT_S = 10.0
RECONNECT_S = 2.0  # tries at 0, 1 and 2 s, then from the beginning
_NUL_WORDS = ("NUL", r"\u0000")  # the driver's of a text, the server's of a JSON value

Connection = psycopg.Connection[rows.Row]
DriverLost = psycopg.OperationalError  # for those who meet the driver by the job engine


def engine_pool(**arguments: Any) -> psycopg_pool.AsyncConnectionPool:
    """The job engine's own pool, which recovers as ours does.

    Args:
        arguments: of `psycopg_pool.AsyncConnectionPool`; its `check` is replaced.
    """

    async def check(connection: psycopg.AsyncConnection[Any]) -> None:
        try:
            await psycopg_pool.AsyncConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            await pool.drain()
            raise

    recovery = {
        "check": check,
        "reconnect_timeout": RECONNECT_S,
        "reconnect_failed": psycopg_pool.AsyncConnectionPool.check,
    }
    pool = psycopg_pool.AsyncConnectionPool(**arguments | recovery)
    return pool


class Database:
    """A pool of connections; each transaction takes one.

    Args:
        conninfo: a PostgreSQL URL or key=value string.
    """

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._pool: psycopg_pool.ConnectionPool[Connection] = psycopg_pool.ConnectionPool(
            conninfo,
            kwargs={"row_factory": psycopg.rows.dict_row},
            min_size=1,
            max_size=CONNECTIONS,
            timeout=CHECKOUT_LIMIT_S,
            check=self._check,
            reconnect_timeout=RECONNECT_S,
            reconnect_failed=psycopg_pool.ConnectionPool.check,
            open=True,
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection whose work is committed at the end, or rolled back by an exception.

        Raises:
            StoreUnavailable: no connection, or it was lost.
            StudentError: a text of the request cannot be stored.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as exc:
            raise errors.DatabaseAway(f"The database cannot be reached: {exc}") from exc
        except psycopg.DataError as exc:
            if not any(word in str(exc) for word in _NUL_WORDS):
                raise
            raise errors.StudentError(
                "The request holds a NUL character, which cannot be stored; take it out."
            ) from exc

    def one(self, query: LiteralString, **values: object) -> rows.Row | None:
        """The first row of one statement in a transaction of its own."""
        with self.transaction() as connection:
            return fetch_one(connection, query, **values)

    def _check(self, connection: Connection) -> None:
        """Raise OperationalError if the connection is dead; then no idle one can be trusted."""
        try:
            psycopg_pool.ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            self._pool.drain()
            raise

    def ping(self) -> None:
        """Do nothing if the database answers.

        Raises:
            StoreUnavailable: it does not.
        """
        self.one("SELECT 1 AS answer")

    def clock_s(self) -> float:
        """The server's clock, in seconds since 1970."""
        row = self.one("SELECT extract(epoch FROM clock_timestamp())::float8 AS now")
        assert row is not None  # a row of constants always answers
        return float(row["now"])

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def conninfo(url: str, password: str) -> str:
    """The connection string of a server whose password is kept apart from its URL.

    Raises:
        OperatorError: the URL is none.
    """
    plain = re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", url)  # as SQLAlchemy names drivers
    given = {"password": password} if password else {}
    try:
        return psycopg.conninfo.make_conninfo(plain, **given)
    except psycopg.ProgrammingError:
        pass  # its message repeats the URL, which may hold a password
    raise errors.OperatorError(
        "GRADER_DATABASE_URL is not understood. It looks like postgresql://user@host/database; "
        "the password goes into GRADER_DATABASE_PASSWORD_FILE."
    )


def fetch_one(connection: Connection, query: LiteralString, **values: object) -> rows.Row | None:
    """The first row of a statement of ours (never of input), or None."""
    return connection.execute(query, values).fetchone()
