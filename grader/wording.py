"""How people read sizes, long lists and text that a stranger wrote.

Owns the megabyte, lists of names, the line that stands for the rest of a long list, and the
escaping of characters that nobody can see. Whole sentences belong to the modules that say them.
"""

import math
from collections.abc import Sequence

MB = 1_000_000  # also what every limit is checked against that is announced in MB
KB = 1_000


def megabytes(size_bytes: float) -> str:
    """A size in MB, rounded up to a tenth: what is over a limit never reads as the limit itself."""
    return f"{math.ceil(10 * size_bytes / MB) / 10:g} MB"


def shortened(lines: Sequence[str], most: int, rest: str = "And {} more.") -> list[str]:
    """The first `most` lines and, if there are others, one line with their number.

    Args:
        rest: that line; `{}` stands for the number.
    """
    left = len(lines) - most
    return [*lines[:most], *([rest.format(left)] if left > 0 else [])]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "2b", "2b and 3b", "2b, 3b and 4b"; of none, nothing."""
    if not names:
        return ""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def visible(text: str, keep: str = "") -> str:
    """Text with control, bidirectional and other invisible characters escaped, but those kept."""
    return "".join(
        c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text
    )
