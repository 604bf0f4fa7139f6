"""Read a multipart upload without ever taking in more than its limit.

Owns the counting and the names of the parts. What the files may be is `grader.intake`'s.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message

from grader.api import problems

MB = 1_000_000
PART_NAMES = ("file", "files")
MAX_FILES = 250  # parts; intake's own bound on files in a submission is lower
MAX_FIELDS = 20
MAX_DISCARDED_BYTES = 500 * MB
MULTIPART_OVERHEAD_BYTES = 256 * 1024  # boundaries and part headers

Files = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Form:
    """What a multipart body held: its file parts, and its plain fields by name."""

    files: Files
    fields: dict[str, str]


async def read(request: Request, max_bytes: int) -> Files:
    """The name and content of every file part; see `read_form`."""
    return (await read_form(request, max_bytes)).files


async def read_form(request: Request, max_bytes: int) -> Form:
    """The name and content of every file part, and the plain fields.

    Args:
        max_bytes: of the whole body, apart from the multipart framing.

    Raises:
        Problem: 413 too large, 415 not multipart, 422 no file in it.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise problems.Problem(415, "Send multipart/form-data, as `curl -F file=@hw.zip` does.")
    limit = max_bytes + MULTIPART_OVERHEAD_BYTES
    if _announced(request) > limit:
        await _discard(request)
        raise _too_large(max_bytes)
    counted = Request(request.scope, _Counter(request, limit, max_bytes))
    async with counted.form(max_files=MAX_FILES, max_fields=MAX_FIELDS) as form:
        parts = [part for name, part in form.multi_items() if name in PART_NAMES]
        # A browser sends an empty part for a field of files in which nothing was chosen.
        chosen = [p for p in parts if isinstance(p, UploadFile) and (p.filename or p.size)]
        files = [(p.filename or "", await p.read()) for p in chosen]
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if not files:
        raise problems.Problem(422, "There is no file part named `file` or `files`.")
    return Form(files, fields)


def digest(slug: str, files: Sequence[tuple[str, bytes]]) -> str:
    """Hash of what was sent, 64 hex digits; equal for equal names and bytes in equal order."""
    whole = hashlib.sha256(slug.encode())
    for name, content in files:
        for piece in (name.encode("utf-8", "surrogateescape"), content):
            whole.update(hashlib.sha256(piece).digest())
    return whole.hexdigest()


class _Counter:
    """An ASGI receive that stops at the limit, whatever Content-Length said."""

    def __init__(self, request: Request, limit: int, max_bytes: int) -> None:
        self._request, self._left, self._max_bytes = request, limit, max_bytes

    async def __call__(self) -> Message:
        message = await self._request.receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            if message.get("more_body", False):
                await _discard(self._request)
            raise _too_large(self._max_bytes)
        return message


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdigit() else 0


async def _discard(request: Request) -> None:
    """Take in the rest of a refused body, up to a bound.

    A client that is still sending when the connection closes often sees a reset instead of our
    answer. One that asked first (`Expect: 100-continue`) waits for the answer and sends nothing.
    """
    left = 0 if "expect" in request.headers else MAX_DISCARDED_BYTES
    while left > 0:
        message = await request.receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _too_large(max_bytes: int) -> problems.Problem:
    return problems.Problem(
        413,
        f"The upload is larger than {max_bytes / MB:g} MB, this assignment's limit. "
        "Leave out data sets, results and virtual environments.",
        {"Connection": "close"},
        max_bytes=max_bytes,
    )
