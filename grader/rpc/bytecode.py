"""Compile a submission's modules once, instead of in each test that imports them.

Owns the process that compiles, and the form of its answer, which also says what the modules import
(`shared_imports`). Runs in the sandbox, in the supervisor,
which parses nothing itself: the compiling process may crash, hang or eat its memory, and then the
modules are compiled when they are imported, as Python does anyway. No line of them runs here, so
what one test finds is not what another left behind.
"""

import contextlib
import importlib.util
import marshal
import os
import select
import signal
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import NoReturn

import msgspec

from grader.rpc import rlimits, shared_imports, statements

COMPILE_S = 2.0  # milliseconds for honest sources; a machine may be busy
MAX_BYTES = 16 * 1024**2
CHUNK_BYTES = 1024**2
UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552: taken without a look at the source


class _Answer(msgspec.Struct, array_like=True):
    """Of the compiling process: bytecode by the order of what was to be compiled."""

    codes: list[bytes]
    imports: list[shared_imports.Import]


_answers = msgspec.msgpack.Decoder(_Answer)


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a submission's processes need not find out again: claims of the compiling process.

    Attributes:
        files: bytecode to lie beside the sources, by path.
        imports: of shared libraries, in their order.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    imports: tuple[shared_imports.Import, ...] = ()


def of(files: Mapping[str, bytes], data_bytes: int) -> Compiled:
    """Compile all modules; fewer files, or none, if that fails.

    Args:
        files: the submission.
        data_bytes: RLIMIT_DATA of the compiling process; 0 leaves it unlimited.
    """
    sources = {path: source for path, source in files.items() if path.endswith(".py")}
    tables = [path for path in files if path.endswith(statements.TABLE)]
    notebooks = [path.removesuffix(statements.TABLE) for path in tables]
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _compile(list(sources.values()), notebooks, files, writing, data_bytes)
    os.close(writing)
    try:
        answer = _read(reading)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    with contextlib.suppress(msgspec.DecodeError):  # cut off, or never begun
        places = [importlib.util.cache_from_source(path) for path in sources]
        places += [notebook + statements.CODE for notebook in notebooks]
        told = _answers.decode(answer)
        found = {place: code for place, code in zip(places, told.codes, strict=False) if code}
        return Compiled(found, tuple(told.imports))
    return Compiled()


def _compile(
    sources: list[bytes],
    notebooks: list[str],
    files: Mapping[str, bytes],
    writing: int,
    data_bytes: int,
) -> NoReturn:
    """The compiling process: one answer for each source, empty where it is no Python."""
    try:
        rlimits.die_first()
        rlimits.limit_data(data_bytes)
        warnings.simplefilter("ignore")
        codes = [_compiled(source) for source in sources]
        parts = [statements.codes(path, files) for path in notebooks]
        answer = _Answer([*map(_as_file, sources, codes), *map(marshal.dumps, parts)], [])
        for code in (*codes, *(one for statements in parts for one in statements)):
            if isinstance(code, CodeType):
                answer.imports.extend(shared_imports.named_in(code))
        with os.fdopen(writing, "wb") as target:
            target.write(msgspec.msgpack.encode(answer))
    finally:
        os._exit(0)


def _compiled(source: bytes) -> CodeType | None:
    with contextlib.suppress(Exception):  # whoever imports it hears what is wrong with it
        return compile(source, "<submission>", "exec", dont_inherit=True)
    return None


def _as_file(source: bytes, code: CodeType | None) -> bytes:
    """A file as Python would keep it in `__pycache__`; its paths are set when it is loaded."""
    if code is None:
        return b""
    head = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
    return head + marshal.dumps(code)


def _read(reading: int) -> bytes:
    """All that is written until the end of the pipe, the time, or the bound."""
    deadline, answer = time.monotonic() + COMPILE_S, b""
    while len(answer) <= MAX_BYTES:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return b""
        if not (data := os.read(reading, CHUNK_BYTES)):
            return answer
        answer += data
    return b""
