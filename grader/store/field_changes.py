"""Changed fields as they are stored, each `{"value", "by", "at"}` under its name, and what the log
says of them.

Owns no statement: `course_settings` and `schedule_edits` each have a table of their own.
"""

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from grader.assignment import field_changes
from grader.store import rows


def read(
    stored: Mapping[str, rows.Row], fields: Collection[str]
) -> dict[str, field_changes.FieldChange]:
    """The changes of fields that there still are."""
    return {
        name: field_changes.FieldChange(
            change["value"], change["by"], datetime.datetime.fromisoformat(change["at"])
        )
        for name, change in stored.items()
        if name in fields
    }


def detail(
    before: Mapping[str, rows.Row],
    after: Mapping[str, rows.Row],
    fields: Collection[str],
    otherwise: Mapping[str, Any],
) -> dict[str, str]:
    """Field -> before and after, in words, of those that differ.

    Args:
        otherwise: field -> its value where nobody changed it.
    """
    changed = {}
    for name in fields:
        old, new = (_word(side.get(name), otherwise.get(name)) for side in (before, after))
        if old != new:
            changed[name] = f"{old} -> {new}"
    return changed


def _word(change: rows.Row | None, otherwise: Any) -> str:
    value = change["value"] if change else otherwise
    said = ", ".join(value) if isinstance(value, list) else str(value)
    said = "none" if value in (None, "", []) else said
    return said if change else f"{said} (not changed)"
