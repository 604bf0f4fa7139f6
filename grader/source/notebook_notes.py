"""What did not run of a notebook, in sentences for the report. Pure.

Owns the words. That a statement was skipped, and why, is a claim of the student's own process:
where it stands is taken from our own table, and what that process says is cut and made printable.
"""

from collections.abc import Iterable, Mapping, Sequence

from grader import wording
from grader.source import filenames, notebook, statements

MOST_PLACES = 8  # named in one note; the rest is counted
MAX_SAID_CHARS = 100

Claim = tuple[str, int, str, str]  # notebook, number of a statement, reason, what it raised

_WORDS = {
    "raised": "skipped, because it raised an error",
    "ended": "skipped, because it ended the program",
    "slow": (
        "not run to the end, because what stands outside functions runs again for every test and "
        "must be quick"
    ),
    "untried": "not run, because earlier cells used up the time",
}


def notes(files: Mapping[str, bytes], claims: Iterable[Claim]) -> list[str]:
    """One note for each notebook and reason, in the order of the notebook.

    Args:
        files: the submission, with the notebooks' tables.
    """
    places: dict[tuple[str, str], list[str]] = {}
    tables = dict[str, Sequence[statements.Statement]]()
    for path, number, reason, said in claims:
        if path not in tables:
            tables[path] = _table(files.get(path + notebook.TABLE, b""))
        if reason in _WORDS and 0 <= number < len(tables[path]):
            places.setdefault((path, reason), []).append(_place(tables[path][number], said))
    return [
        f"{path}: {_WORDS[reason]}: "
        f"{'; '.join(wording.shortened(found, MOST_PLACES, 'and {} more'))}."
        for (path, reason), found in places.items()
    ]


def _table(data: bytes) -> list[statements.Statement]:
    try:
        return statements.decode(data)
    except ValueError:  # the claim is of a notebook that is not there
        return []


def _place(row: statements.Statement, said: str) -> str:
    shown = f" ({filenames.shown(said, MAX_SAID_CHARS)})" if said else ""
    return f"cell {row.cell}, line {row.line}{shown}"
