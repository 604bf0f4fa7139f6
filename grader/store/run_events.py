"""Statements about what happened to a run, and the notifications that tell it.

Owns reading of run_events and one listening connection for a whole process. The database writes
the events (migrations/0002_states.sql), so a reader may sit in any process on any machine.
"""

import asyncio
import collections
import contextlib
import logging
import uuid
from collections.abc import Iterator

import psycopg

from grader.store import database, rows

log = logging.getLogger(__name__)

AT_ONCE = 500  # events read by one query
RECONNECT_PAUSE_S = 1.0

SINCE = """
SELECT id, attempt, kind, data::text AS data FROM run_events
 WHERE run_id = %(run_id)s AND id > %(after)s ORDER BY id LIMIT %(limit)s"""


def since(db: database.Database, run_id: int, after: int) -> list[rows.Event]:
    """The run's next events after the one of that id, oldest first; at most `AT_ONCE`."""
    with db.transaction() as connection:
        values = {"run_id": run_id, "after": after, "limit": AT_ONCE}
        return [rows.Event(**row) for row in connection.execute(SINCE, values)]


class Notices:
    """Rings the bells of those who follow a run; for one event loop.

    Theory of operation
        The connection is there while somebody follows something. A bell says "look again", never
        what happened: it also rings when the connection is made, so that nothing which happened
        before is missed, and when it is lost.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._bells: dict[str, set[asyncio.Event]] = collections.defaultdict(set)
        self._listening: asyncio.Task[None] | None = None
        self.closed = False

    @contextlib.contextmanager
    def follow(self, followed: int | uuid.UUID) -> Iterator[asyncio.Event]:
        """A bell that rings when something happens to a run, or to one of a batch or regrade."""
        key, bell = str(followed), asyncio.Event()
        self._bells[key].add(bell)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        try:
            yield bell
        finally:
            self._bells[key].discard(bell)
            if not self._bells[key]:
                del self._bells[key]
            if not self._bells:
                self._listening.cancel()
                self._listening = None

    def close(self) -> None:
        """Let those who follow something know that the service stops."""
        self.closed = True
        self._ring_all()

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                await self._pass_on()
            log.warning("lost the connection that brings notifications; trying again")
            self._ring_all()
            await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _pass_on(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._conninfo, autocommit=True
        ) as connection:
            await connection.execute("LISTEN run_events")
            self._ring_all()
            async for notice in connection.notifies():
                for bell in self._bells.get(notice.payload, ()):
                    bell.set()

    def _ring_all(self) -> None:
        for bell in [bell for bells in self._bells.values() for bell in bells]:
            bell.set()
