"""A CSV table as a download that is written while it is read.

Owns the headers and the size of its parts; the lines are the caller's.
"""

from collections.abc import Iterator, Mapping

from fastapi.responses import StreamingResponse

from grader.service import gradebook

MEDIA_TYPE = "text/csv; charset=utf-8"


def response(
    lines: Iterator[str], name: str, headers: Mapping[str, str] | None = None
) -> StreamingResponse:
    """The download.

    Args:
        name: of the file that a browser keeps.
        headers: beside those of a download.
    """
    named = {"Content-Disposition": f'attachment; filename="{name}"', **(headers or {})}
    return StreamingResponse(gradebook.in_parts(lines), media_type=MEDIA_TYPE, headers=named)
