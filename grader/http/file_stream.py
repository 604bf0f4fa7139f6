"""A file that was made for one answer, sent part by part and gone afterwards.

Owns the sending; what is in the file is the caller's.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Final

from fastapi.responses import StreamingResponse

PART_BYTES: Final = 1024 * 1024


def made(
    write: Callable[[IO[bytes]], None],
    name: str,
    media_type: str,
    headers: Mapping[str, str] | None = None,
) -> StreamingResponse:
    """The download of what `write` writes; on disk meanwhile, without a name.

    Args:
        name: of the file that a browser keeps.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the last part is sent
    try:
        write(file)
        size = file.tell()
    except BaseException:
        file.close()
        raise
    kept = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(
        _parts(file), media_type=media_type, headers={**kept, **(headers or {})}
    )


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(PART_BYTES):
            yield part
