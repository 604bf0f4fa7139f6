"""One table of hosts and submissions: what `grade` saw on each, and whether that is as expected.

Owns the table alone; `.ci/hosts` boots the guests and calls this at the end.

    python -m tests.hosts.table FOLDER NAME...
"""

import json
import sys
from pathlib import Path

from tests.hosts import grade


def rows(folder: Path, names: list[str]) -> list[list[str]]:
    """A line for each submission: its name, what is expected, and what each host said."""
    seen = {name: _seen(folder / name / "share/graded.json") for name in names}
    table = [["submission", "expected", *(f"{name} {_engine(folder / name)}" for name in names)]]
    for submission, expected in grade.EXPECTED.items():
        told = [seen[name].get(submission) for name in names]
        same = ["equal" if one == list(expected) else str(one) for one in told]
        table.append([submission, " ".join(str(word) for word in expected), *same])
    return table


def _seen(path: Path) -> dict[str, list[object]]:
    found: dict[str, list[object]] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _engine(folder: Path) -> str:
    path = folder / "share/engine.txt"
    return f"(Docker {path.read_text().strip()})" if path.exists() else ""


def main() -> int:
    """Print the table; 1 when something differs."""
    table = rows(Path(sys.argv[1]), sys.argv[2:])
    for row in table:
        sys.stdout.write("| " + " | ".join(row) + " |\n")
    return int(any(cell != "equal" for row in table[1:] for cell in row[2:]))


if __name__ == "__main__":
    sys.exit(main())
