"""Images with the packages that single assignments add, each built on the one they all share.

Owns their names, their making and the check that they are there. What may be added is the
manifest's (`environment.packages`), the shared image is `.ci/images.py`'s.

Theory of operation. Wheels are resolved and fetched on this machine, where pip's own configuration
applies, against the versions that the shared image has; none of its packages is replaced. The build
itself has no network. The name holds a hash of the packages and of the guest's half of this
program: whoever updates the program builds these images again, and cannot grade in one whose guest
speaks another protocol.
"""

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import docker  # type: ignore[import-untyped]  # the library ships no types

from grader import disk, errors
from grader.sandbox import engine_errors
from grader.source import importable

FOLDER: Final = "/opt/packages"  # of the shared image's packages
LABEL: Final = "grader.course_image"
BUILD_TIMEOUT_S: Final = 1800
MACHINES: Final = {"amd64": "x86_64", "arm64": "aarch64"}  # the engine's word -> the wheel's
GLIBCS: Final = ("2_28", "2_27", "2_17")  # which wheels for Linux run on Debian 12
# The shared image's builder, which tidies stages away, and this one take turns.
LOCK: Final = Path(tempfile.gettempdir()) / f"grader-images-{os.getuid()}.lock"
_LIST = """
import importlib.metadata, json, sys
found = importlib.metadata.distributions()
found = {each.metadata["Name"]: each.version.partition("+")[0] for each in found}
print(json.dumps([found, list(sys.version_info[:2])]))
"""
_DOCKERFILE = """
FROM {image} AS packages
LABEL grader.stage=course
USER 0
COPY wheels /wheels
COPY pip /own/pip
RUN python3 /own/pip install -q --no-index --no-deps --no-compile \
        --root-user-action ignore --target /added /wheels/*.whl \
    && rm -rf /added/bin \
    && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /added
FROM {image}
COPY --from=packages /added {folder}
RUN MPLCONFIGDIR=/dev/null python3 -P -s -B -c "import {modules}"
"""

Say = Callable[[str], None]


def tag(image: str, added: Sequence[str]) -> str:
    """The image of assignments that add these packages; the shared one if they add none."""
    if not added:
        return image
    whole = hashlib.sha256("\n".join(sorted(added)).encode())
    whole.update(_guest_hash())
    name, colon, label = image.rpartition(":")
    if not colon or "/" in label:  # no label, or the port of a registry
        name, label = image, "latest"
    return f"{name}:{label}-{whole.hexdigest()[:12]}"


@functools.cache
def _guest_hash() -> bytes:
    spec = importlib.util.find_spec("grader.rpc")
    assert spec is not None  # it is this package
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    whole = hashlib.sha256()
    for path in sorted(path for folder in folders for path in folder.glob("*.py")):
        whole.update(path.name.encode() + path.read_bytes())
    return whole.digest()


def check(image: str, slug: str, added: Sequence[str]) -> str:
    """The image of an assignment, if the engine has it.

    Raises:
        OperatorError: it has not; the message says how to make it.
    """
    name = tag(image, added)
    with engine_errors.mapped("look for an assignment's image"):
        if docker.from_env().images.list(name):
            return name
    raise errors.OperatorError(
        f"{slug} adds {', '.join(added)}, and its image {name} is missing or was made for another "
        f"version of this program; make it with `grader image {slug}`."
    )


def build(image: str, added: Sequence[str], say: Say) -> str:
    """Make the image for these packages, unless it is there; its name.

    Raises:
        OperatorError: no engine, no shared image, no pip, a package that cannot be had, or one
            whose module cannot be imported.
    """
    name = tag(image, added)
    with engine_errors.mapped("make an assignment's image"):
        client = docker.from_env(timeout=BUILD_TIMEOUT_S)
        if client.images.list(name):
            say(f"{name} is there")
            return name
        client.images.get(image)
        with _turn(), tempfile.TemporaryDirectory(prefix="grader-image-") as folder:
            _prepare(client, image, added, Path(folder), say)
            say(f"building {name}")
            _build(client, Path(folder), name, {LABEL: _label(image, added)})
            client.images.prune(filters={"dangling": True, "label": "grader.stage=course"})
        _remove_older(client, name, _label(image, added))
        size, before = (client.images.get(each).attrs["Size"] for each in (name, image))
        say(f"{name} is ready, {(size - before) / 1e6:.0f} MB more than {image}")
    return name


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    held = disk.lock(LOCK)
    try:
        yield
    finally:
        os.close(held)


def _label(image: str, added: Sequence[str]) -> str:
    return json.dumps([image, sorted(added)])


def _prepare(client: Any, image: str, added: Sequence[str], folder: Path, say: Say) -> None:
    """Fill the folder of the build: wheels, pip, the Dockerfile."""
    installed, python = _inside(client, image)
    constraints = folder / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in installed.items()))
    machine = MACHINES[client.version()["Arch"]]
    target = [
        *("--only-binary=:all:", "--implementation=cp", f"--python-version={python}"),
        *(f"--abi={abi}" for abi in (f"cp{python.replace('.', '')}", "abi3", "none")),
        *(f"--platform=manylinux_{glibc}_{machine}" for glibc in GLIBCS),
    ]
    say(f"fetching {', '.join(added)} for Python {python}")
    requirements = [importable.requirement_of(each) for each in added]
    wanted = list(_new(requirements, constraints, target, installed))
    _pip("download", "--no-deps", "--dest", str(folder / "wheels"), *target, *wanted)
    own = importlib.util.find_spec("pip")
    assert own is not None  # it has just been run
    assert own.origin is not None
    shutil.copytree(Path(own.origin).parent, folder / "pip")  # the image has none
    modules = ", ".join(map(importable.module_of, added))
    text = _DOCKERFILE.format(image=image, folder=FOLDER, modules=modules)
    (folder / "Dockerfile").write_text(text)


def _inside(client: Any, image: str) -> tuple[dict[str, str], str]:
    """What is installed in an image, and its Python's version."""
    said = client.containers.run(
        image, ["-P", "-c", _LIST], entrypoint="python3", network_mode="none", remove=True
    )
    installed, (major, minor) = json.loads(said)
    return installed, f"{major}.{minor}"


def _new(
    requirements: Sequence[str], constraints: Path, target: Sequence[str], installed: Iterable[str]
) -> Iterator[str]:
    """What pip would install beyond what is there, as exact requirements."""
    report = constraints.with_name("report.json")
    _pip(
        *("install", "--dry-run", "--ignore-installed", "--target", str(report.parent / "none")),
        *("--report", str(report), "-c", str(constraints), *target, *requirements),
    )
    there = {_canonical(name) for name in installed}
    for item in json.loads(report.read_text())["install"]:
        name, version = item["metadata"]["name"], item["metadata"]["version"]
        if _canonical(name) not in there:
            yield f"{name}=={version}"


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", *arguments, "-q", "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # a manifest is the course's own
    if done.returncode:
        reason = (done.stderr.strip() or "pip says nothing").splitlines()[-1]
        raise errors.OperatorError(
            f"pip could not get the packages: {reason}. Name versions that exist, that fit the "
            "image's packages and that have wheels for Linux; without a registry, name a folder of "
            "wheels by PIP_FIND_LINKS and set PIP_NO_INDEX=1."
        )


def _build(client: Any, folder: Path, name: str, labels: dict[str, str]) -> None:
    said = list[str]()
    events = client.api.build(
        path=str(folder),
        tag=name,
        labels=labels,
        network_mode="none",
        rm=True,
        forcerm=True,
        decode=True,
    )
    for event in events:
        said.append(event.get("stream") or event.get("error") or "")
        if event.get("error"):
            raise errors.OperatorError(
                "The image could not be built. If a module cannot be imported, name the right one "
                f"(`NAME==VERSION as MODULE`). The end of the build:\n{''.join(said)[-2000:]}"
            )


def _remove_older(client: Any, name: str, label: str) -> None:
    """Images for the same packages and an older version of this program; those in use stay."""
    for image in client.images.list(filters={"label": f"{LABEL}={label}"}):
        if name not in image.tags:
            with contextlib.suppress(docker.errors.APIError):
                client.images.remove(image.id)
