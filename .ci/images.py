"""Build the sandbox image, and the base under it where no registry answers.

Owns: which inputs make an image current, the folder of wheels, the order base -> wheels -> build.
Does not own: what is in the image (Dockerfile, sandbox.txt), the engine (engine), .venv (setup).

Theory of operation. The image carries a hash of everything it was made from as a label; when the
label of the present image is right, nothing else happens. Otherwise, under a lock of this user on
this machine:
1. the base: the official image if present, else the one that base.sh made earlier, else pulled,
   else made by base.sh (debootstrap). The one we make has a name of our own and is handed over as
   a build argument: an image of ours must never pass for the official one.
2. wheels for the image's Python are fetched on the host, where pip's own configuration applies,
   into .cache/wheels.
3. one build without network, by the classic builder through the engine's API: neither the docker
   command nor buildx is needed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import docker
from docker import errors as docker_errors

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
WHEELS = CACHE / "wheels"
# One lock for all clones: they share an engine, and one may tidy away what another is building on.
LOCK = Path(tempfile.gettempdir()) / f"grader-images-{os.getuid()}.lock"
IMAGE = os.environ.get("GRADER_SANDBOX_IMAGE", "grader-sandbox:latest")
LABEL = "grader.inputs"
BASE_LABEL = "grader.base"  # a name of its own: images inherit the labels of their base
STAGE_LABEL = "grader.stage=packages"
OFFICIAL_BASE = "python:3.11-slim-bookworm"
BASE_SCRIPT = ".ci/base.sh"
LOCAL_BASE = "grader-base:bookworm"
INPUTS = (
    "Dockerfile",
    ".dockerignore",
    "constraints.txt",
    ".ci/sandbox.txt",
    ".ci/torchvision_cpu.py",
    BASE_SCRIPT,
    ".ci/images.py",
    "grader/__init__.py",
    "grader/rpc/__init__.py",
    "grader/rpc/wire.py",
    "grader/rpc/values.py",
    "grader/rpc/tensors.py",
    "grader/rpc/autograd.py",
    "grader/rpc/checkpoint_files.py",
    "grader/rpc/checkpoints.py",
    "grader/rpc/missing_modules.py",
    "grader/rpc/bytecode.py",
    "grader/rpc/rlimits.py",
    "grader/rpc/preload.py",
    "grader/rpc/deferred_torch.py",
    "grader/rpc/raised.py",
    "grader/rpc/rehearsal.py",
    "grader/rpc/scratch.py",
    "grader/rpc/shared_imports.py",
    "grader/rpc/statements.py",
    "grader/rpc/channel.py",
    "grader/rpc/child.py",
    "grader/rpc/guest.py",
)
PULL_TIMEOUT_S = 60
BUILD_TIMEOUT_S = 1800
# glibc of bookworm is 2.36, so every manylinux tag up to 2_28 (the newest in use) runs there.
GLIBC_TAGS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014", "linux")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}  # the engine's word -> the wheel's word

STARTED = time.monotonic()


def say(text: str) -> None:
    """One plain line with the seconds since the start."""
    sys.stdout.write(f"images [{time.monotonic() - STARTED:3.0f} s] {text}\n")
    sys.stdout.flush()


def digest(names: Iterable[str]) -> str:
    """sha256 over names and contents of files under the root.

    Raises:
        SystemExit: a file is missing.
    """
    total = hashlib.sha256()
    for name in names:
        path = ROOT / name
        if not path.is_file():
            sys.exit(f"images: {name} is missing, and the sandbox image is made from it.")
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def is_current(client: docker.DockerClient, name: str, label: str, inputs: str) -> bool:
    """Is there an image of this name whose label says it was made from exactly these inputs?"""
    try:
        return bool(client.images.get(name).labels.get(label) == inputs)
    except docker_errors.ImageNotFound:
        return False


def find_base(client: docker.DockerClient) -> str:
    """Name of a base image that is on the engine, fetched or made if need be."""
    if client.images.list(OFFICIAL_BASE):
        say(f"base: {OFFICIAL_BASE} is present")
        return OFFICIAL_BASE
    if is_current(client, LOCAL_BASE, BASE_LABEL, digest([BASE_SCRIPT])):
        say(f"base: {LOCAL_BASE} is present")
        return LOCAL_BASE
    say(f"base: pulling {OFFICIAL_BASE}")
    try:
        docker.from_env(timeout=PULL_TIMEOUT_S).images.pull(OFFICIAL_BASE)
    except (docker_errors.APIError, OSError) as exc:
        reason = getattr(exc, "explanation", None) or exc
        say(f"base: it cannot be pulled ({reason}); making {LOCAL_BASE} with debootstrap")
        make_base(client)
        return LOCAL_BASE
    return OFFICIAL_BASE


def make_base(client: docker.DockerClient) -> None:
    """Make the base from Debian packages; needs root on Debian or Ubuntu."""
    archive = CACHE / "base.tar"
    try:
        subprocess.run([ROOT / BASE_SCRIPT, archive], check=True)  # noqa: S603 - our own script
        label = f"LABEL {BASE_LABEL}={digest([BASE_SCRIPT])}"
        client.api.import_image(str(archive), repository=LOCAL_BASE, changes=[label])
    except subprocess.CalledProcessError as exc:
        sys.exit(exc.returncode)
    finally:
        archive.unlink(missing_ok=True)
    say(f"base: {LOCAL_BASE} is made")


def fetch_wheels(client: docker.DockerClient) -> None:
    """Fill the folder of wheels for the image's Python, unless it holds them already.

    New wheels make the build's cached stages useless (over 1 GB); these are removed.
    """
    machine = MACHINES[client.version()["Arch"]]
    wanted = digest(("constraints.txt", ".ci/sandbox.txt")) + machine
    stamp = WHEELS / "complete"
    if stamp.is_file() and stamp.read_text() == wanted:
        say("wheels: all present")
        return
    shutil.rmtree(WHEELS, ignore_errors=True)
    client.images.prune(filters={"dangling": True, "label": STAGE_LABEL})
    say("wheels: fetching them with pip")
    download(client, WHEELS, ("-r", ".ci/sandbox.txt"))
    if list(WHEELS.glob("nvidia_*")):
        sys.exit("images: pip chose torch's CUDA build; name PyTorch's index of CPU wheels to pip.")
    stamp.write_text(wanted)


def download(client: docker.DockerClient, target: Path, wanted: Iterable[str]) -> None:
    """Fetch wheels for the image's Python and the engine's processor, with pip's own settings."""
    machine = MACHINES[client.version()["Arch"]]
    platforms = [f"--platform={tag}_{machine}" for tag in GLIBC_TAGS]
    subprocess.run(  # noqa: S603 - no word of this command comes from outside
        [
            *(sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check"),
            *("--dest", target, "-c", "constraints.txt", *wanted),
            *("--only-binary=:all:", "--python-version=3.11", "--implementation=cp"),
            *("--abi=cp311", "--abi=abi3", "--abi=none", *platforms),
        ],
        check=True,
        cwd=ROOT,
    )


def build(
    client: docker.DockerClient, base: str, tag: str, target: str, labels: Mapping[str, str]
) -> None:
    """Build one target of the Dockerfile; on failure show the end of what it said."""
    say(f"build: {tag}")
    lines: list[str] = []
    for event in client.api.build(
        path=str(ROOT),
        tag=tag,
        target=target,
        buildargs={"BASE": base},
        labels=dict(labels),
        network_mode="none",
        rm=True,
        forcerm=True,
        decode=True,
        timeout=BUILD_TIMEOUT_S,
    ):
        lines.append(event.get("stream") or event.get("error") or "")
        if event.get("error"):
            sys.exit("images: the build failed:\n" + "".join(lines)[-4000:])


def remove_superseded(client: docker.DockerClient) -> None:
    """Remove sandbox images that lost their tag to a newer one; those in use stay."""
    for image in client.images.list(filters={"label": LABEL, "dangling": True}):
        try:
            client.images.remove(image.id)
        except docker_errors.APIError:
            say(f"build: {image.short_id} is still in use and stays")


def bring_up_to_date(client: docker.DockerClient, inputs: str) -> None:
    """Base, wheels, build, one process at a time on this machine."""
    CACHE.mkdir(exist_ok=True)
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build is running on this machine; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(client, IMAGE, LABEL, inputs):  # another run built it while we waited
            return
        base = find_base(client)
        fetch_wheels(client)
        build(client, base, IMAGE, "sandbox", {LABEL: inputs})
        remove_superseded(client)


def remove_all(client: docker.DockerClient) -> None:
    """Remove what this script made; the official base is not ours to remove."""
    for name in (IMAGE, LOCAL_BASE):
        try:
            client.images.remove(name)
            say(f"{name} is removed")
        except docker_errors.ImageNotFound:
            continue
        except docker_errors.APIError as exc:
            say(f"{name} stays: {exc.explanation}")


def main(arguments: list[str]) -> int:
    """Build if needed; `--check` only tells, `--remove` removes. Exit 0: the image is current."""
    try:
        client = docker.from_env(timeout=BUILD_TIMEOUT_S)
        client.ping()
    except docker_errors.DockerException as exc:
        sys.exit(f"images: no Docker engine answers ({exc}); .ci/engine starts one or says how.")
    if arguments == ["--remove"]:
        remove_all(client)
        return 0
    inputs = digest(INPUTS)
    if is_current(client, IMAGE, LABEL, inputs):
        say(f"{IMAGE} is up to date")
        return 0
    if arguments == ["--check"]:
        say(f"{IMAGE} is missing or out of date; make images builds it")
        return 1
    bring_up_to_date(client, inputs)
    size = client.images.get(IMAGE).attrs["Size"]
    say(f"{IMAGE} is ready, {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
