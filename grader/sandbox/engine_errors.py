"""What the Docker engine refuses or does not answer, in our words: `SandboxUnavailable`.

Owns that mapping and the advice in it; whoever calls the engine does so inside of `mapped`.
"""

import contextlib
import os
from collections.abc import Iterator

import docker.errors  # type: ignore[import-untyped]  # the library ships no types
import requests.exceptions

from grader import errors


@contextlib.contextmanager
def mapped(doing: str) -> Iterator[None]:
    """Turn the engine's exceptions into ours, with advice."""
    try:
        yield
    except docker.errors.ImageNotFound as exc:
        raise errors.SandboxUnavailable(
            f"Could not {doing}: {exc.explanation}. Make the images with `make images`, "
            "or with `grader image SLUG` where an assignment adds packages of its own."
        ) from exc
    except docker.errors.APIError as exc:
        raise errors.SandboxUnavailable(
            f"Could not {doing}: the Docker engine refused ({exc.explanation or exc}). A control "
            "that the machine does not support is not left out; see `docker info`."
        ) from exc
    except requests.exceptions.ReadTimeout as exc:
        raise errors.MachineBusy(
            f"Could not {doing}: the Docker engine did not answer in time. This machine is "
            "overloaded, or the engine hangs; the work waits and is tried again, see `docker info`."
        ) from exc
    except (docker.errors.DockerException, OSError) as exc:  # the HTTP library's are OSErrors
        where = os.environ.get("DOCKER_HOST") or "the usual socket"
        raise errors.SandboxUnavailable(
            f"Could not {doing}: the Docker engine does not answer at {where} ({exc}). Start it, "
            "let this user reach its socket, or set DOCKER_HOST."
        ) from exc
