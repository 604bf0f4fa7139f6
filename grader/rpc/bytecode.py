"""Compile a submission's modules once, instead of in each test that imports them.

Owns the process that compiles, and the form of its answer. Runs in the sandbox, in the supervisor,
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
from typing import NoReturn

import msgspec

from grader.rpc import rlimits, statements

COMPILE_S = 2.0  # milliseconds for honest sources; a machine may be busy
MAX_BYTES = 16 * 1024**2
CHUNK_BYTES = 1024**2
UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552: taken without a look at the source

_answers = msgspec.msgpack.Decoder(list[bytes])


def of(files: Mapping[str, bytes], data_bytes: int) -> dict[str, bytes]:
    """Bytecode files to lie beside the sources, by path; fewer, or none, if compiling fails.

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
        found = zip(places, _answers.decode(answer), strict=False)
        return {place: code for place, code in found if code}
    return {}


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
        answers = [_compiled(source) for source in sources]
        answers += [statements.packed(path, files) for path in notebooks]
        with os.fdopen(writing, "wb") as target:
            target.write(msgspec.msgpack.encode(answers))
    finally:
        os._exit(0)


def _compiled(source: bytes) -> bytes:
    """A file as Python would keep it in `__pycache__`; its paths are set when it is loaded."""
    with contextlib.suppress(Exception):  # whoever imports it hears what is wrong with it
        code = compile(source, "<submission>", "exec", dont_inherit=True)
        head = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source)
        return head + marshal.dumps(code)
    return b""


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
