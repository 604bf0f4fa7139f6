"""The JSON of a homework's schedule as staff edit it.

Owns field names and descriptions; decides nothing.
"""

import datetime
from typing import Annotated, Any

import pydantic

from grader.assignment import schedule_edits
from grader.http import request_faults
from grader.service import schedules

Name = Annotated[str, pydantic.Field(max_length=200)]


class ScheduleField(pydantic.BaseModel):
    """One field of the schedule: where its value comes from."""

    name: str
    written: str | float | bool | None = pydantic.Field(description="by the homework's files")
    inherited: str | float | bool | None = pydantic.Field(
        description="what holds without this change"
    )
    value: str | float | bool | None = pydantic.Field(description="what holds")
    changed_by: str | None = pydantic.Field(description="null where nobody changed it")
    changed_at: datetime.datetime | None


class ScheduleWithChanges(pydantic.BaseModel):
    """What holds for everybody, for a section, or for a student."""

    section: str
    student: str
    version: int = pydantic.Field(description="of the changes; send it with the next one")
    fields: list[ScheduleField]
    changed_for: list[str] = pydantic.Field(description="sections and students with own changes")


class ScheduleChange(request_faults.SentBody):
    """Fields to set, and fields whose changes are taken back."""

    section: Name = pydantic.Field(default="", description="for this section only")
    student: Name = pydantic.Field(default="", description="for this student only, by login")
    set: dict[str, str | float | bool | None] = pydantic.Field(
        default={}, description="field -> value; dates as 2026-10-09T23:59, null for none"
    )
    reset: list[str] = pydantic.Field(default=[], description="fields as the homework has them")
    version: pydantic.StrictInt | None = pydantic.Field(
        default=None, description="refuse the change if this is not the newest version"
    )

    @property
    def whom(self) -> schedule_edits.Whom:
        """For whom it is."""
        return schedule_edits.Whom("" if self.student else self.section, self.student)

    @property
    def typed(self) -> dict[str, str]:
        """The values as a person would type them."""
        return {name: _typed(value) for name, value in self.set.items()}


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def schedule(
    found: schedules.ScheduleInForce, changed_for: list[schedule_edits.Whom]
) -> ScheduleWithChanges:
    """A schedule as JSON."""
    return ScheduleWithChanges(
        section=found.whom.section,
        student=found.whom.student,
        version=found.version,
        fields=[_field(one) for one in found.fields],
        changed_for=[str(whom) for whom in changed_for],
    )


def _field(one: schedules.FieldInForce) -> ScheduleField:
    return ScheduleField(
        name=one.name,
        written=one.written,
        inherited=one.inherited,
        value=one.value,
        changed_by=one.change.by if one.change else None,
        changed_at=one.change.at if one.change else None,
    )
