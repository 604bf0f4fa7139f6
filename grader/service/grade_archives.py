"""Archives of grades: everybody's points in every homework of a course, kept when the work goes.

Owns what lies in one: a zip with a CSV file for each homework, in the gradebook's plain form, and
`course.json`. When one is made is `course_retention`'s. A person who is forgotten is taken out.
"""

import csv
import datetime
import io
import json
import zipfile
from collections.abc import Collection, Mapping

from grader import errors
from grader.course import memberships
from grader.exchange import gradebook_csv
from grader.service import course as loaded
from grader.service import courses, gradebook
from grader.store import course_retention as stored
from grader.store import courses as stored_courses
from grader.store import database

ABOUT = "course.json"
LOGIN = "login"  # the plain gradebook's column of who it is


def make(
    store: database.Database, course: loaded.Course, slug: str, who: str, *, whole: bool = False
) -> int:
    """Make an archive of a course's grades; its number.

    Args:
        whole: refuse rather than leave out a homework whose files are not here.

    Raises:
        NotFound: there is no such course.
        Conflict: with `whole`, a homework would be left out.
    """
    row = courses.find(store, slug)
    files, missing = dict[str, str](), list[str]()
    for homework in homeworks(store, course, slug):
        try:
            files[f"{homework}.csv"] = _grades(store, course, homework)
        except (errors.AssignmentNotFound, errors.SuiteError) as exc:
            missing.append(f"{homework}: {exc}")
    if whole and missing:
        raise errors.Conflict(f"The grades cannot be archived. {missing[0]}")
    made_at = datetime.datetime.now(datetime.UTC).isoformat()
    about = {"course": slug, "title": row.title, "term": row.term, "made_at": made_at}
    files[ABOUT] = json.dumps(about | {"missing": missing}, indent=2)
    return stored.add_archive(store, slug, _zipped(files), who)


def find(store: database.Database, course: str, number: int) -> bytes:
    """An archive, as a zip.

    Raises:
        NotFound: the course has none of this number.
    """
    content = stored.archive(store, course, number)
    if content is None:
        raise errors.NotFound("The course has no such archive of grades; its page lists them.")
    return content


def forget(store: database.Database, logins: Collection[str]) -> None:
    """Take a person out of every archive."""
    stored.rewrite_archives(store, lambda content: _without(content, logins))


def homeworks(store: database.Database, course: loaded.Course, slug: str) -> tuple[str, ...]:
    """The homeworks of a course; the default course also has all that are in none."""
    homes = stored_courses.homeworks(store)
    here = {name for name in course.slugs() if homes.get(name, memberships.DEFAULT) == slug}
    return tuple(sorted(here | {name for name, home in homes.items() if home == slug}))


def _grades(store: database.Database, course: loaded.Course, homework: str) -> str:
    manifest = course.load(homework).manifest
    plain = gradebook_csv.System.PLAIN
    return "".join(gradebook.lines(store, course, manifest, plain, comments=True, dropped=True))


def _zipped(files: Mapping[str, str]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files.items():
            file.writestr(name, text)
    return sink.getvalue()


def _without(content: bytes, logins: Collection[str]) -> bytes | None:
    """The archive without these people; None if they are not in it."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        before = {name: file.read(name).decode() for name in file.namelist()}
    after = {
        name: text if name == ABOUT else _lines_without(text, logins)
        for name, text in before.items()
    }
    return _zipped(after) if after != before else None


def _lines_without(table: str, logins: Collection[str]) -> str:
    rows = list(csv.reader(io.StringIO(table, newline="")))
    place = rows[0].index(LOGIN)
    kept = [row for row in rows if row[place] not in logins]
    if len(kept) == len(rows):
        return table
    sink = io.StringIO()
    csv.writer(sink).writerows(kept)
    return sink.getvalue()
