"""How many pages a PDF has.

Owns the use of pypdf. It parses what a stranger wrote, so it runs in a confined reader alone
(`grader.confined.reader`), which bounds its time and memory.
"""

import io
from typing import Any


def prepare() -> None:
    """Import pypdf; for a process that is about to lose its rights."""
    import pypdf  # noqa: F401  # only here and below: a fifth of a second that few readers need


def count(content: bytes) -> int | None:
    """How many pages there are; None where that is not sure.

    A damaged file may show other pages to whoever repairs it in another way. So the pages that are
    found must be as many as the file says it has.
    """
    import pypdf

    try:
        document = pypdf.PdfReader(io.BytesIO(content))
        found = len(document.pages)
        tree: Any = document.root_object["/Pages"]
        said = tree["/Count"]
    except Exception:  # whatever a stranger's file makes of a parser
        return None
    return found if found == said and found > 0 else None
