"""The student's half as a wheel, made from the code that runs here: what `/student/…` hands out.

Owns which packages are in it, its metadata and its bytes. No server, no Docker, no suite, and
dependencies with loose bounds, so that `pip install` replaces nothing of a hosted notebook. A wheel
is a zip (https://packaging.python.org/specifications/binary-distribution-format/).

The name that is asked for is the name that is given, so that a line pasted into a notebook last
month still works, and pip finds the version that it expects.
"""

import base64
import functools
import hashlib
import re
from importlib import metadata
from pathlib import Path

import grader
from grader import disk, errors
from grader.client import credentials
from grader.intake import archive

NAME = re.compile(r"grader-(?P<version>\d+(?:\.\d+){1,2}(?:\+[0-9a-z.]{1,20})?)-py3-none-any\.whl")
PACKAGES = (
    "assignment",
    "cli",
    "client",
    "datasets",
    "intake",
    "models",
    "rpc",
    "scoring",
    "source",
    "suite",
)
MODULES = (
    *("__init__", "disk", "errors", "settings", "wording"),
    *("course/__init__", "course/person_names"),  # what commands of staff need of it
)
EXTRAS = ("notebooks", "torch")
DIGEST_CHARS = 8
KEPT = 8  # wheels; one for each address under which the service is reached
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")


def current_name() -> str:
    """The file name of the wheel of today's code."""
    return f"grader-{_release()}+{_digest()}-py3-none-any.whl"


@functools.lru_cache(maxsize=KEPT)
def build(name: str, home: str) -> bytes:
    """The wheel's bytes.

    Args:
        name: a file name, as `current_name` or an earlier one.
        home: the service's address, which the installed commands then know.

    Raises:
        NotFound: not the name of such a wheel.
    """
    asked = NAME.fullmatch(name)
    if asked is None:
        raise errors.NotFound("There is no such file; the homework's page has the line to paste.")
    folder = f"grader-{asked['version']}.dist-info"
    files = dict(_sources()) | {f"grader/client/{credentials.HOME}": f"{home}\n".encode()}
    files |= {
        f"{folder}/METADATA": _metadata(asked["version"]).encode(),
        f"{folder}/WHEEL": b"Wheel-Version: 1.0\nGenerator: grader\nRoot-Is-Purelib: true\n"
        b"Tag: py3-none-any\n",
        f"{folder}/entry_points.txt": _entry_points().encode(),
    }
    record = f"{folder}/RECORD"
    lines = [_recorded(path, content) for path, content in files.items()]
    return archive.write(files | {record: "".join([*lines, f"{record},,\n"]).encode()})


@functools.cache
def _sources() -> tuple[tuple[str, bytes], ...]:
    """Path in the wheel -> content of each file; they do not change while the service runs."""
    root = Path(grader.__file__).parent
    paths = [*(root / f"{name}.py" for name in MODULES), root / "py.typed"]
    for package in PACKAGES:
        paths += [path for _, path in disk.files(root / package) if path.suffix == ".py"]
    return tuple(
        (f"grader/{path.relative_to(root).as_posix()}", path.read_bytes()) for path in sorted(paths)
    )


@functools.cache
def _digest() -> str:
    whole = hashlib.sha256(_metadata("0").encode())
    for path, content in _sources():
        whole.update(path.encode() + b"\0" + content)
    return whole.hexdigest()[:DIGEST_CHARS]


def _release() -> str:
    return metadata.version("grader").partition("+")[0]


def _metadata(version: str) -> str:
    """Name, version, and what our own installation says that a student's needs."""
    lines = ["Metadata-Version: 2.1", "Name: grader", f"Version: {version}"]
    lines += ["Summary: Test and submit homework in deep learning", "Requires-Python: >=3.11"]
    for needed in metadata.requires("grader") or ():
        extra = _EXTRA.search(needed)
        if extra is None or extra[1] in EXTRAS:
            lines.append(f"Requires-Dist: {needed}")
    lines += [f"Provides-Extra: {extra}" for extra in EXTRAS]
    return "\n".join([*lines, ""])


def _entry_points() -> str:
    """Those of our own installation: the command, and pytest's plugin."""
    own = metadata.distribution("grader").entry_points
    groups = sorted({entry.group for entry in own})
    return "".join(
        f"[{group}]\n" + "".join(f"{e.name} = {e.value}\n" for e in own if e.group == group)
        for group in groups
    )


def _recorded(path: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}\n"
