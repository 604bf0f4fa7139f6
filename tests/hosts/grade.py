"""Grade the small course's reference and submissions on this machine, and print one line for each.

Owns what is expected of every machine: the verdicts of the three tests and the points. Run on the
machine itself, or inside a guest by `steps.sh`. Exit status 1 when a line differs.

    python -m tests.hosts.grade [--json FILE]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
COURSE = HERE / "course"
# name -> verdicts of test_softmax, test_softmax_is_vectorised and test_squares, and the points
EXPECTED = {
    "reference": ("passed", "passed", "passed", 10),
    "memory": ("memory_limit", "memory_limit", "passed", 4),
    "children": ("memory_limit", "time_limit", "passed", 4),  # their work is over its budget
    "forks": ("exception", "exception", "passed", 4),
    "spin": ("time_limit", "time_limit", "passed", 4),
    "slow": ("passed", "time_limit", "passed", 7),
    "swap": ("memory_limit", "memory_limit", "passed", 4),
}


def graded(name: str) -> tuple[object, ...]:
    """Verdicts and points of one submission."""
    folder = COURSE / "reference/hw1" if name == "reference" else HERE / "submissions" / name
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [sys.executable, "-m", "tests.hosts.patience", "grader.cli"]
        command += ["grade", str(folder), "-a", "hw1"]
        command += ["--course", str(COURSE), "--json", report.name]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=2400)
        if done.returncode:
            return (done.stdout + done.stderr).strip().splitlines()[-1:], done.returncode
        told = json.loads(Path(report.name).read_text())
    verdicts = {test["name"].rpartition("::")[2]: test["verdict"] for test in told["tests"]}
    return (*(verdicts[name] for name in sorted(verdicts)), told["score"])


def main() -> int:
    """Grade all, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    told = {}
    options = parser.parse_args()
    for name, expected in EXPECTED.items():
        begun = time.monotonic()
        seen = told[name] = graded(name)
        same = "as expected" if seen == expected else f"EXPECTED {expected}"
        sys.stdout.write(f"{name:10} {seen} {same} {time.monotonic() - begun:.1f} s\n")
        sys.stdout.flush()
    if options.json:
        options.json.write_text(json.dumps(told))
    return int(told != EXPECTED)


if __name__ == "__main__":
    sys.exit(main())
