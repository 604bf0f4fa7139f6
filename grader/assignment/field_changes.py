"""A field that staff changed by page: its value, who changed it and when. Pure.

Owns what a course's settings and a homework's schedule have in common. Which fields there are and
what they may hold is `schedule_edits`' and `course.course_settings`'.
"""

import datetime
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value as staff set it, plain as in JSON; who did, and when."""

    value: Any
    by: str
    at: datetime.datetime
