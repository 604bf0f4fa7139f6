"""One table of machines: what each saw of the small course, and how its steps ended.

Owns the table alone; `.ci/hosts` boots the guests and calls this at the end.

    python -m tests.hosts.table FOLDER NAME...
"""

import json
import re
import sys
from pathlib import Path

from tests.hosts import grade

STEPS = ("doctor", "container", "hostile")  # `grade` has a line for each submission
_SUMMARY = re.compile(r"^\d+ (?:passed|failed|skipped|error).*(?= in )", re.MULTILINE)


def rows(folder: Path, names: list[str]) -> list[list[str]]:
    """A line for each submission and step: what is expected, and what each machine said."""
    shares = {name: folder / name / "share" for name in names}
    table = [["", "expected", *(f"{name}: {_machine(share)}" for name, share in shares.items())]]
    graded = {name: _graded(share) for name, share in shares.items()}
    for submission, expected in grade.EXPECTED.items():
        seen = [graded[name].get(submission) for name in names]
        same = ["equal" if one == list(expected) else f"NOT EQUAL: {one}" for one in seen]
        table.append([submission, " ".join(str(word) for word in expected), *same])
    steps = [
        [step, "no fault", *(_step(share, step) for share in shares.values())] for step in STEPS
    ]
    return [*table, *steps, ["Compose", "two gradings", *map(_composed, shares.values())]]


def faults(table: list[list[str]]) -> int:
    """How many cells are not as expected."""
    return sum("NOT" in cell for row in table[1:] for cell in row[2:])


def _graded(share: Path) -> dict[str, list[object]]:
    path = share / "graded.json"
    found: dict[str, list[object]] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _machine(share: Path) -> str:
    """Kernel, version of the control groups and engine; `steps.sh` wrote them down."""
    path = share / "machine.txt"
    return ", ".join(path.read_text().splitlines()) if path.exists() else "not started"


def _steps(share: Path) -> dict[str, int]:
    path = share / "steps.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: int(status) for name, status, _ in map(str.split, lines)}


def _step(share: Path, step: str) -> str:
    status = _steps(share).get(step)
    if status is None:
        return "-" if _left_out(share, step) else "NOT run"
    if status:
        return f"NOT in order, status {status}"
    counted = _SUMMARY.search((share / f"{step}.txt").read_text())
    return counted[0] if counted else "no fault"


def _left_out(share: Path, step: str) -> bool:
    path = share / "wanted.txt"
    return path.exists() and step not in path.read_text().split()


def _composed(share: Path) -> str:
    found = {name: status for name, status in _steps(share).items() if name.startswith("compose-")}
    words = {
        name: "two gradings" if status == 0 else "NOT graded" for name, status in found.items()
    }
    return "; ".join(f"{name.partition('-')[2]}: {said}" for name, said in words.items()) or "-"


def main() -> int:
    """Print the table; 1 when something differs."""
    table = rows(Path(sys.argv[1]), sys.argv[2:])
    for row in table:
        sys.stdout.write("| " + " | ".join(row) + " |\n")
    return int(faults(table) > 0)


if __name__ == "__main__":
    sys.exit(main())
