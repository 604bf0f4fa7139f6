"""The composition root: database, API and worker in one process and one event loop, or one of them.

Owns the order in which parts start and stop, and the signals. Every other module is handed what
it needs from here.

Theory of operation
    start   data folder claimed -> database up -> migrations -> listening socket -> grading
            (sandboxes, suite template), API and worker at once. `/readyz` says 200 when all are
            up; only then is `ready` called. In the role `api` there are no sandboxes and no
            worker, and `ready` is called when it answers; in the role `worker` the API has its
            health routes only.
    stop    SIGTERM or SIGINT: the API answers what it has started, the worker takes nothing new and
            lets running gradings end for `worker.DRAIN_S`, hands back the rest, sandboxes are
            removed, the database is stopped. A second signal ends the process at once; nothing is
            lost by that, only done again.
"""

from grader.app.event_loop import MIN_FREE_BYTES
from grader.app.opened import (
    has_store,
    migrate_store,
    open_course,
    open_state,
    open_store,
    published_of,
    store_as_it_is,
    uploads_of,
)
from grader.app.parts import Parts, real_parts
from grader.app.serving import serve

__all__ = [
    "MIN_FREE_BYTES",
    "Parts",
    "has_store",
    "migrate_store",
    "open_course",
    "open_state",
    "open_store",
    "published_of",
    "real_parts",
    "serve",
    "store_as_it_is",
    "uploads_of",
]
