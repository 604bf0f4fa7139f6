"""What a process that meets student code takes upon itself, beside what the container imposes.

Owns the order in which the kernel ends processes when memory runs out, and a process's own share
of it. Runs in the sandbox and is no more to be trusted; the container's limits hold regardless.
"""

import contextlib
import resource
from pathlib import Path


def die_first() -> None:
    """When memory runs out, the kernel shall end this process and not the supervisor."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit_data(data_bytes: int) -> None:
    """Bound this process's writable memory; 0 leaves it to the container's limit."""
    if data_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
