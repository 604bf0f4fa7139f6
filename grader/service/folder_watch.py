"""Looking at the course's folder now and then, so that each change there is kept as a version.

Owns when the folder is looked at, and which homeworks of it; what makes a version is
`folder_versions`'. A homework with a live published version is not looked at: its files in the
folder are not in force.
"""

from typing import Final

from grader.service import course, rounds

PERIOD_S: Final = 20.0


def look(courses: course.Course) -> None:
    """Keep what is in force from the folder and is no version yet."""
    published = courses.folder.published
    if published is None:
        return
    live = set(published.live.now())
    for slug in courses.slugs():
        if slug not in live:
            published.of_folder.keep(courses.folder.load(slug))


async def run(courses: course.Course) -> None:
    """Look now and then until cancelled."""
    failing = "the course's folder could not be looked at"
    await rounds.every(PERIOD_S, lambda: look(courses), failing)
