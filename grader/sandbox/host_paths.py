"""What a folder of ours is called on the engine's machine.

Owns that translation alone. A worker that runs in a container starts sandboxes beside itself, not
inside: the engine is asked to mount a folder by the path that it has on the engine's machine. The
engine knows that path, because it mounted the folder into the worker's own container.
"""

import logging
import socket
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import docker.errors  # type: ignore[import-untyped]  # the library ships no types

from grader import errors

log = logging.getLogger(__name__)

IN_CONTAINER: Final = Path("/.dockerenv")  # the engine makes it in each container


def mounts(api: Any) -> Mapping[str, str]:
    """Path in this process's container -> path on the engine's machine; empty outside of one.

    Args:
        api: the engine's low-level client.
    """
    if not IN_CONTAINER.exists():
        return {}
    try:
        container = api.inspect_container(socket.gethostname())
    except docker.errors.NotFound:
        # A container of another engine, whose folders this one sees under the same paths.
        return {}
    return {mount["Destination"]: mount["Source"] for mount in container["Mounts"]}


def translated(path: str, known: Mapping[str, str]) -> str:
    """The path on the engine's machine.

    Args:
        known: as `mounts` answers.

    Raises:
        SandboxUnavailable: the folder is not mounted, so the engine cannot reach it.
    """
    if not known:
        return path
    whole = PurePosixPath(path)
    for folder in (whole, *whole.parents):
        if source := known.get(str(folder)):
            return str(PurePosixPath(source) / whole.relative_to(folder))
    raise errors.SandboxUnavailable(
        f"The engine cannot reach {path}, which exists in the worker's container alone. Mount a "
        "volume there (GRADER_RUN_DIR and the folder of data sets must lie on one)."
    )
