"""The way through what is left to mark: of which task, section and marker, kept in the address.

Owns the three choices as the pages pass them on.
"""

import urllib.parse
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Depends, Query

Choice = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class MarkingWay:
    """What somebody goes through; empty is everything.

    Attributes:
        marker: whose share, by login; `marking_list.NOBODY` is nobody's.
    """

    task: str
    section: str
    marker: str

    @property
    def query(self) -> str:
        """The choices for an address; empty without any."""
        return urllib.parse.urlencode({k: v for k, v in asdict(self).items() if v})


def _chosen(task: Choice = "", section: Choice = "", marker: Choice = "") -> MarkingWay:
    return MarkingWay(task, section, marker)


Way = Annotated[MarkingWay, Depends(_chosen)]
