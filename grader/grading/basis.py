"""What the outcomes of a run rest on, and which of an earlier run's still hold.

Owns the rule by which a regrade runs only what can have changed. Does not own how a suite process
is told (`suite.kept`), nor points: they are counted anew from kept and fresh outcomes alike.

    An outcome is kept when all that every test meets is the same (the submission, the files that
    the course adds, the suite's helpers, limits, data sets, image, reference, this program) and
    the test's own file is. It is never kept when a limit, a crash or the run's end decided it, or
    its test was found wrong: another try, or another machine, may say something else. Of a test
    that ran again with the reference's files below it, what it said first is kept: whether an
    earlier task explains its failure is decided again.
"""

import functools
import hashlib
import importlib.metadata
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

import grader
from grader import disk, models
from grader.assignment import manifest as assignments
from grader.assignment import provided_files
from grader.datasets import files as datasets
from grader.sandbox import policy
from grader.suite import kept as kept_files
from grader.suite import run_options

LIBRARIES = ("hypothesis", "numpy", "pytest", "scipy", "torch")  # of the trusted side
STEADY = (models.Verdict.PASSED, models.Verdict.WRONG_ANSWER, models.Verdict.EXCEPTION)

Kept = dict[str, models.Outcome]


def of(
    assignment: assignments.Assignment,
    submission: Mapping[str, bytes],
    profile: policy.Profile,
    image_id: str,
    datasets_dir: Path,
) -> models.Basis:
    """The basis of a run that is about to begin.

    Args:
        submission: files as they are graded, with the course's own in place.
        image_id: the engine's name for the sandbox image's content.
    """
    tests, helpers = _suite_files(assignment.suite_dir)
    parts = [
        repr(profile).encode(),
        image_id.encode(),
        msgspec.json.encode(assignment.manifest.limits),
        _program(),
        *_data(assignment.manifest, datasets_dir),
        *_named(submission),
        *_named(provided_files.helpers(assignment)),
        *_named(helpers),
        *_named({n: p.read_bytes() for n, p in disk.files(assignment.reference_dir)}),
    ]
    files = {path: _hash([content]) for path, content in tests.items()}
    return models.Basis(_hash(parts), files)


def of_suite(assignment: assignments.Assignment, datasets_dir: Path) -> str:
    """The version of a suite and of all that its collection may read."""
    data = _data(assignment.manifest, datasets_dir)
    named = (assignment.suite_dir, assignment.suite_version())
    return _hash([*(str(part).encode() for part in named), *data])


def keepable(
    basis: models.Basis, earlier: models.Report | None
) -> tuple[dict[str, kept_files.KeptFile], Kept]:
    """What a run on this basis need not do: files for the suite process, outcomes by test.

    Args:
        earlier: the instructor's report of a run of the same submission.
    """
    if earlier is None or earlier.basis is None or earlier.basis.shared != basis.shared:
        return {}, {}
    tests = [test for test in earlier.tests if _is_unchanged(test, basis, earlier.basis)]
    if any(test.verdict is models.Verdict.NOT_RUN and not test.fault for test in earlier.tests):
        return {}, {}  # it did not come to its end
    second = earlier.basis.second
    said = [second[t.name].first if t.name in second else _outcome(t) for t in tests]
    outcomes = {o.test: o for o in said if o.verdict in STEADY and not o.fault}
    by_file: dict[str, list[str]] = {}
    for test in tests:
        by_file.setdefault(kept_files.file_of(test.name), []).append(test.name)
    if not outcomes:
        return {}, {}
    files = {
        path: kept_files.KeptFile(len(names), tuple(n for n in names if n not in outcomes))
        for path, names in by_file.items()
    }
    return files, outcomes


def _is_unchanged(test: models.TestResult, now: models.Basis, then: models.Basis) -> bool:
    path = kept_files.file_of(test.name)  # of the line of a rule: no file
    return path in now.files and now.files[path] == then.files.get(path)


def _outcome(test: models.TestResult) -> models.Outcome:
    """What the test said, before a broken rule took its points and said so."""
    return models.Outcome(
        test=test.name,
        verdict=test.verdict,
        message="" if test.verdict is models.Verdict.PASSED else test.message,
        output=test.output,
        wall_s=test.wall_s or 0.0,
        cpu_s=test.cpu_s,
        memory_bytes=test.memory_bytes,
        fault=test.fault,
        unimportable=test.unimportable,
    )


def _suite_files(suite_dir: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Test files that only their own tests read, and all other files of the folders of tests."""
    contents = {
        f"{folder}/{name}": path.read_bytes()
        for folder in run_options.test_folders(suite_dir)
        for name, path in disk.files(suite_dir / folder)
    }
    alone = {path for path in contents if _is_test(path) and not _is_named(path, contents)}
    helpers = {path: content for path, content in contents.items() if path not in alone}
    return {path: contents[path] for path in alone}, helpers


def _is_test(path: str) -> bool:
    name = Path(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _is_named(path: str, contents: Mapping[str, bytes]) -> bool:
    """Whether another file may import this one."""
    stem = re.compile(rb"\b" + re.escape(Path(path).stem.encode()) + rb"\b")
    return any(stem.search(content) for other, content in contents.items() if other != path)


def _data(manifest: assignments.Manifest, folder: Path) -> Iterator[bytes]:
    for name in manifest.datasets:
        for split in datasets.HALVES:
            known = datasets.meta(folder, name, split)
            yield (known.sha256 if known else "none").encode()


@functools.cache
def _program() -> bytes:
    """This program and the libraries that it judges with."""
    folder = Path(grader.__file__).parent
    sources = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    parts = [*_named({name: path.read_bytes() for name, path in sources.items()})]
    parts += [f"{name} {_version(name)}".encode() for name in LIBRARIES]
    parts += [platform.python_version().encode(), platform.machine().encode()]
    return _hash(parts).encode()


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _named(files: Mapping[str, bytes]) -> Iterator[bytes]:
    for name, content in sorted(files.items()):
        yield from (name.encode(), content)
    yield b""  # where one group of files ends


def _hash(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()[:32]
