"""Build the service's image, and a database image where the official one cannot be had.

Owns which wheels go in beside the sandbox's, and what makes these two images current. Does not own
the base, the sandbox's wheels and the lock (images.py), nor what is in the images (Dockerfile).
Called by deploy; as images.py it does nothing that is up to date.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import docker
import images
from docker import errors as docker_errors

WHEELS = images.CACHE / "service"
IMAGE = os.environ.get("GRADER_SERVICE_IMAGE", "grader-service:latest")
LABEL = "grader.service"
OFFICIAL_POSTGRES = "postgres:18-bookworm"
LOCAL_POSTGRES = "grader-postgres:18"
POSTGRES_LABEL = "grader.postgres"
MADE_OF = ("Dockerfile", ".dockerignore", "constraints.txt", "pyproject.toml", ".ci/service.py")


def sources() -> list[str]:
    """Names of the files that the service's wheel is made of."""
    package = images.ROOT / "grader"
    files = (p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sorted(str(p.relative_to(images.ROOT)) for p in files)


def requirements() -> list[str]:
    """What the service needs, in pip's words."""
    project = tomllib.loads((images.ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]
    return ["pip", *project["dependencies"], *extra["server"], *extra["torch"]]


def fetch_wheels(client: docker.DockerClient) -> None:
    """Fill the folder with the service's dependencies, less what the sandbox has already."""
    stamp = WHEELS / "complete"
    wanted = images.digest(("constraints.txt", "pyproject.toml", ".ci/sandbox.txt"))
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    images.say("wheels of the service: fetching them with pip")
    shutil.rmtree(WHEELS, ignore_errors=True)
    images.download(client, WHEELS, requirements())
    for wheel in images.WHEELS.glob("*.whl"):
        if not wheel.name.startswith("pip-"):
            (WHEELS / wheel.name).unlink(missing_ok=True)
    stamp.write_text(wanted)


def make_own_wheel() -> None:
    """The grader itself, made from a copy: what an earlier build left must not get in."""
    for old in WHEELS.glob("grader-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pyproject.toml", "README.md", "LICENSE", *sources()):
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(images.ROOT / name, target)
        options = ("-q", "--no-deps", "--disable-pip-version-check", "-c", "constraints.txt")
        subprocess.run(  # noqa: S603 - no word of this command comes from outside
            [sys.executable, "-m", "pip", "wheel", *options, "-w", WHEELS, folder],
            check=True,
            cwd=images.ROOT,
        )


def database(client: docker.DockerClient, base: str) -> str:
    """Name of a database image that is on the engine: the official one, or one made here."""
    if client.images.list(OFFICIAL_POSTGRES):
        return OFFICIAL_POSTGRES
    inputs = images.digest((*MADE_OF, ".ci/postgres.sh"))
    if images.is_current(client, LOCAL_POSTGRES, POSTGRES_LABEL, inputs):
        return LOCAL_POSTGRES
    images.say(f"database: pulling {OFFICIAL_POSTGRES}")
    try:
        docker.from_env(timeout=images.PULL_TIMEOUT_S).images.pull(OFFICIAL_POSTGRES)
    except (docker_errors.APIError, OSError) as exc:
        reason = getattr(exc, "explanation", None) or exc
        images.say(f"database: it cannot be pulled ({reason}); making {LOCAL_POSTGRES}")
        images.build(client, base, LOCAL_POSTGRES, "postgres", {POSTGRES_LABEL: inputs})
        return LOCAL_POSTGRES
    return OFFICIAL_POSTGRES


def bring_up_to_date(client: docker.DockerClient) -> str:
    """The service's image and a database; the name of the latter."""
    inputs = images.digest((*MADE_OF, *images.INPUTS, *sources()))
    base = images.find_base(client)
    current = images.is_current(client, IMAGE, LABEL, inputs)
    if not current or not (WHEELS / "complete").is_file():
        images.fetch_wheels(client)
        fetch_wheels(client)
        make_own_wheel()
    if not current:
        images.build(client, base, IMAGE, "service", {LABEL: inputs})
    size = client.images.get(IMAGE).attrs["Size"]
    images.say(f"{IMAGE} is ready, {size / 1e6:.0f} MB")
    return database(client, base)


def main() -> int:
    """Build what is missing; the last line of the output names the database image."""
    client = docker.from_env(timeout=images.BUILD_TIMEOUT_S)
    with images.LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        name = bring_up_to_date(client)
    images.say(f"database: {name}")
    (images.CACHE / "database-image").write_text(name + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
