"""Looking at a bundle's manifest and tests before it becomes a version.

Owns that look, in a folder of its own. What a bundle is, is `bundle`'s; whether its tests fit its
reference is found out later, by grading.
"""

import tempfile
from pathlib import Path

from grader import errors
from grader.assignment import bundle, suite_sources
from grader.assignment import manifest as assignments


def look(found: bundle.Bundle) -> tuple[assignments.Manifest, str]:
    """The homework's manifest and the hash of its tests.

    Raises:
        UploadRefused: its manifest or tests cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="grader-version-") as folder:
        course_dir = Path(folder) / "course"
        found.write(course_dir)
        try:
            assignment = assignments.load(course_dir, found.slug)
            suite_sources.check(assignment)
            return assignment.manifest, assignment.suite_version()
        except errors.SuiteError as exc:
            said = str(exc).replace(f"{course_dir}/", "")
            raise errors.UploadRefused([said]) from exc
