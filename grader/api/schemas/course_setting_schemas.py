"""The JSON of a course's settings.

Owns field names and descriptions; decides nothing.
"""

import datetime
from typing import Any

import pydantic

from grader.http import request_faults
from grader.service import course_settings

Value = str | int | list[str] | None


class CourseSetting(pydantic.BaseModel):
    """One setting: where its value comes from."""

    name: str
    written: Value = pydantic.Field(
        description="what holds without this change: of late days and messages by `course.toml`"
    )
    value: Value = pydantic.Field(description="what holds; null where nothing is set")
    changed_by: str | None = pydantic.Field(description="null where nobody changed it")
    changed_at: datetime.datetime | None


class CourseSettings(pydantic.BaseModel):
    """What holds in a course."""

    course: str
    archived: bool
    version: int = pydantic.Field(description="of the course; send it with the next change")
    fields: list[CourseSetting]


class CourseSettingsChange(request_faults.SentBody):
    """Settings to change, and those whose changes are taken back."""

    set: dict[str, Value] = pydantic.Field(
        default={},
        description="setting -> value; null for none, messages as a list of names",
        examples=[{"late_days": 5, "time_zone": "America/Chicago"}],
    )
    reset: list[str] = pydantic.Field(default=[], description="settings as `course.toml` has them")
    version: pydantic.StrictInt | None = pydantic.Field(
        default=None, description="refuse the change if this is not the newest version"
    )

    @property
    def typed(self) -> dict[str, str]:
        """The values as a person would type them."""
        return {name: _typed(value) for name, value in self.set.items()}


def _typed(value: Any) -> str:
    if value is None:
        return ""
    return ",".join(value) if isinstance(value, list) else str(value)


def settings(found: course_settings.SettingsInForce) -> CourseSettings:
    """A course's settings as JSON."""
    return CourseSettings(
        course=found.course.slug,
        archived=found.course.archived_at is not None,
        version=found.version,
        fields=[_field(one) for one in found.fields],
    )


def _field(one: course_settings.SettingInForce) -> CourseSetting:
    return CourseSetting(
        name=one.name,
        written=one.written,
        value=one.value,
        changed_by=one.change.by if one.change else None,
        changed_at=one.change.at if one.change else None,
    )
