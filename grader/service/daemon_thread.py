"""A blocking call in a thread that cannot keep the process from ending.

Owns the bridge from such a thread to the event loop. `asyncio.to_thread` waits for its threads when
the loop is closed: a grading would hold up a service that stops.
"""

import asyncio
import threading
from collections.abc import Callable


def run(call: Callable[[], None]) -> "asyncio.Future[None]":
    """Run a blocking call in such a thread; the future ends as the call does."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def settle(exc: BaseException | None) -> None:
        if future.done():  # the job was handed back meanwhile
            return
        if exc is None:
            future.set_result(None)
        else:
            future.set_exception(exc)

    def work() -> None:
        failure: BaseException | None = None
        try:
            call()
        except BaseException as exc:
            failure = exc
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=work, name="grading", daemon=True).start()
    return future
