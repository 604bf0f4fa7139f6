"""Read a multipart upload without ever taking in more than its limit.

Owns the counting and the names of the parts. What the files may be is `grader.intake.uploads`'s.

Theory of operation. A body is counted while it streams, whatever its headers say, and the parser
spools each part to disk above a megabyte. Only when a body is whole are its files read into
memory, of `MAX_IN_MEMORY` uploads at once; the others wait on disk. A body that comes too slowly
is given up, so that it does not hold its place for ever.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from grader import wording
from grader.http import bodies, problems

NO_FILE = "No file was sent; choose one (its part is named `file` or `files`)."
NO_FILE_NAME = (
    "The part holds text and not a file, for it has no file name. With curl, write an @ before the "
    "name: `-F files=@hw.zip`."
)
PART_NAMES = ("file", "files")
MAX_FILES = 250  # parts; intake's own bound on files in a submission is lower
MAX_FIELDS = 20
MAX_DISCARDED_BYTES = 500 * wording.MB
MULTIPART_OVERHEAD_BYTES = 256 * 1024  # boundaries and part headers
MAX_IN_MEMORY = 2  # uploads whose files are in memory at once

Files = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Form:
    """What a multipart body held: its file parts, and its plain fields by name.

    Attributes:
        started: when its first bytes were here.
    """

    files: Files
    fields: dict[str, str]
    started: datetime


@contextlib.asynccontextmanager
async def received(
    request: Request, max_bytes: int, room: asyncio.Semaphore
) -> AsyncIterator[Form]:
    """The name and content of every file part, in memory for the duration of the block.

    Args:
        max_bytes: of the whole body, apart from the multipart framing.
        room: of `MAX_IN_MEMORY`; shared by all requests.

    Raises:
        Problem: 408 too slow, 413 too large, 415 not multipart, 422 no file in it.
    """
    started = datetime.now(UTC)
    if not bodies.is_multipart(request):
        raise problems.Problem(415, "Send multipart/form-data, as `curl -F files=@hw.zip` does.")
    bodies.leave_to_route(request)
    limit = max_bytes + MULTIPART_OVERHEAD_BYTES
    if bodies.announced_bytes(request) > limit:
        await _discard(request)
        raise _too_large(max_bytes)
    counted = Request(request.scope, _Counter(request, limit, max_bytes))
    async with _parsed(counted) as form, room:
        parts = [part for name, part in form.multi_items() if name in PART_NAMES]
        # A browser sends an empty part for a field of files in which nothing was chosen.
        chosen = [p for p in parts if isinstance(p, UploadFile) and (p.filename or p.size)]
        if not chosen:
            raise problems.Problem(422, NO_FILE_NAME if any(parts) else NO_FILE)
        files = [(part.filename or "", await part.read()) for part in chosen]
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        yield Form(files, fields, started)


@contextlib.asynccontextmanager
async def _parsed(request: Request) -> AsyncIterator[FormData]:
    """The parts of a body, their files closed at the end of the block."""
    try:
        form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)
    except HTTPException as exc:
        raise problems.Problem(
            422,
            f"The upload cannot be read ({exc.detail.rstrip('.')}): it was cut off, a "
            "file's name is too long, or there are too many files. Send it again, or as one zip.",
        ) from exc
    try:
        yield form
    finally:
        await form.close()


def body(description: str) -> dict[str, Any]:
    """The OpenAPI entry of a request with files."""
    files = {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "minItems": 1,
        "description": description,
    }
    schema = {"type": "object", "properties": {"files": files}, "required": ["files"]}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


class _Counter:
    """An ASGI receive that stops at the limit, whatever Content-Length said, and at slowness."""

    def __init__(self, request: Request, limit: int, max_bytes: int) -> None:
        self._request, self._limit, self._max_bytes = request, limit, max_bytes
        self._taken, self._patience = 0, bodies.BodyPatience()

    async def __call__(self) -> Message:
        message = await self._next()
        self._taken += len(message.get("body", b""))
        if self._taken > self._limit:
            if message.get("more_body", False):
                await _discard(self._request)
            raise _too_large(self._max_bytes)
        return message

    async def _next(self) -> Message:
        try:
            left_s = self._patience.left_s(self._taken)
            return await asyncio.wait_for(self._request.receive(), left_s)
        except TimeoutError as exc:
            raise problems.Problem(
                408,
                "The upload arrived too slowly; send it again over a better connection.",
                {"Connection": "close"},
            ) from exc


async def _discard(request: Request) -> None:
    """Take in the rest of a refused body, up to a bound.

    A client that is still sending when the connection closes often sees a reset instead of our
    answer. One that asked first (`Expect: 100-continue`) waits for the answer and sends nothing.
    """
    left = 0 if "expect" in request.headers else MAX_DISCARDED_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(bodies.PATIENCE_S):
            while left > 0:
                message = await request.receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _too_large(max_bytes: int) -> problems.Problem:
    return problems.Problem(
        413,
        f"The upload is larger than {max_bytes / wording.MB:g} MB, this assignment's limit. "
        "Leave out data sets, results and virtual environments.",
        {"Connection": "close"},
        max_bytes=max_bytes,
    )
