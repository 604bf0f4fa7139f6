"""An assignment as Gradescope's `autograder.zip`: setup.sh, run_autograder, the suite, the grader.

Owns what lies in the zip and the two scripts. What runs there is `gradescope.run_autograder`; the
reference is not part of it, so that nobody who gets into that container finds a solution.
"""

import importlib.metadata
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader import disk, errors
from grader.assignment import manifest as assignments
from grader.datasets import files as datasets

PACKAGE = Path(__file__).parents[1]
# Of ours only what grades: no service, no pages, no database.
LEFT_OUT = {"api", "web", "store", "__pycache__"}
ALWAYS = ("hypothesis", "msgspec", "numpy", "pytest")
TORCH = ("scipy", "torch")
NOTEBOOKS = ("ipython",)
EPOCH = (2026, 1, 1, 0, 0, 0)  # the same zip from the same files
PROGRAM = 0o100755
PLAIN = 0o100644

SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the container.
set -euo pipefail
source=/autograder/source
export DEBIAN_FRONTEND=noninteractive PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore

found=""
for python in python3.13 python3.12 python3.11 python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found=$python
        break
    fi
done
if [ -z "$found" ]; then
    apt-get update
    apt-get install -y python3.11
    found=python3.11
fi
if ! "$found" -m pip --version >/dev/null 2>&1; then
    apt-get update
    apt-get install -y python3-pip
fi
"$found" -m pip install --no-cache-dir -r "$source/requirements.txt"

# The submission's half of the wire, which its user may read; all else is closed to that user.
mkdir -p /opt/grader-guest/grader
cp -r "$source/grader/rpc" "$source/grader/__init__.py" /opt/grader-guest/grader/
chmod -R a+rX /opt/grader-guest
command -v "$found" >/opt/grader-guest/python
chmod -R go-rwx "$source"
"""

RUN = """#!/usr/bin/env bash
# Runs for each submission.
set -euo pipefail
umask 077
mkdir -p /autograder/results
chmod -R go-rwx /autograder/source /autograder/results /autograder/submission
chmod -f go-rwx /autograder/submission_metadata.json || true
# The way to the public halves of data sets alone is open.
if [ -d /autograder/source/course/datasets/public ]; then
    chmod a+x /autograder/source /autograder/source/course /autograder/source/course/datasets
    chmod -R a+rX /autograder/source/course/datasets/public
fi
export PYTHONPATH="/autograder/source${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONDONTWRITEBYTECODE=1
exec "$(cat /opt/grader-guest/python)" -m grader.gradescope.run_autograder
"""


def build(
    assignment: assignments.Assignment, datasets_dir: Path, further: Sequence[str] = ()
) -> bytes:
    """The zip.

    Args:
        further: requirements of the assignment beside ours, as pip reads them.

    Raises:
        DatasetMissing: a data set of the assignment is not here.
        SuiteError: a further requirement is no single line.
    """
    if bad := [line for line in further if not line.isprintable() or line.startswith("-")]:
        raise errors.SuiteError(f"{bad[0]!r} is no requirement; write one like scikit-learn==1.7.")
    datasets.require(datasets_dir, assignment.manifest.datasets, assignment.slug)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("setup.sh", SETUP), ("run_autograder", RUN)):
            _add(archive, name, text.encode(), PROGRAM)
        _add(archive, "requirements.txt", _requirements(assignment, further).encode())
        for name, path in (*_grader(), *_course(assignment), *_data(assignment, datasets_dir)):
            _add(archive, name, path.read_bytes())
    return sink.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes, mode: int = PLAIN) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
    archive.writestr(info, content)


def _requirements(assignment: assignments.Assignment, further: Sequence[str]) -> str:
    """The versions that are installed here, so that the same code gives the same report."""
    names = (*ALWAYS, *(TORCH if assignment.manifest.runtime == "torch" else ()))
    names += NOTEBOOKS if "ipynb" in assignment.manifest.submission.accept else ()
    versions = ((name, importlib.metadata.version(name).partition("+")[0]) for name in names)
    return "\n".join([*(f"{name}=={version}" for name, version in versions), *further, ""])


def _grader() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).parts
        if not LEFT_OUT & set(parts):
            yield "/".join(("grader", *parts)), path


def _course(assignment: assignments.Assignment) -> Iterator[tuple[str, Path]]:
    """The suite and, for rules that compare with it, the template; as in a course's folder."""
    for path in assignments.suite_files(assignment.suite_dir):
        inside = path.relative_to(assignment.suite_dir).as_posix()
        yield f"course/tests/suites/{assignment.slug}/{inside}", path
    for inside, path in disk.files(assignment.template_dir):
        yield f"course/student_template/{assignment.slug}/{inside}", path


def _data(assignment: assignments.Assignment, root: Path) -> Iterator[tuple[str, Path]]:
    for half in datasets.HALVES.values():
        for name in assignment.manifest.datasets:
            for inside, path in disk.files(root / half / name):
                yield f"course/datasets/{half}/{name}/{inside}", path
