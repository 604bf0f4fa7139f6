"""What a version of a homework would do to the points that people have.

Owns joining what is in force, what the version has, and what is marked and graded; the words are
`assignment.rubric_diff`'s.
"""

from grader import errors
from grader.assignment import manifest as assignments
from grader.assignment import rubric_diff
from grader.service import course_folder
from grader.store import database, graded_tasks


def losses(
    store: database.Database, folder: course_folder.CourseFolder, new: assignments.Manifest
) -> tuple[str, ...]:
    """Marks and results that this version's rubric changes, a sentence for each task.

    Compared with the version in force, so that what staff have insisted on is not said again.
    """
    try:
        now = folder.load(new.slug).manifest
    except errors.SuiteError:  # nothing is in force, so nothing is graded
        return ()
    found = rubric_diff.changes(now, new)
    if not found.tasks:
        return ()
    slug = new.slug
    marks, results = graded_tasks.marks(store, slug), graded_tasks.results(store, slug)
    return tuple(rubric_diff.losses(found, marks, results))
