"""Why pytest could not read a test file, in words for the suite's author.

Owns what is added to pytest's own account. Most often the file imports a helper by a name that only
works on the author's own path, or a file of the submission, which no test file can: that code runs
in the sandbox only.
"""

import re

_ABSENT = re.compile(
    r"ModuleNotFoundError: No module named '((public|hidden)\.)?(?P<name>\w+)[\w.]*'"
)
_RELATIVE = re.compile(r"cannot import name '\w+' from '(public|hidden)")
NEIGHBOUR = (
    "A test file imports a file of its own folder with a dot, `from .helper import x`, and none of "
    "another folder."
)


def reason(place: str, account: str) -> str:
    """What pytest says, and what to do where the file asks for one that it cannot have.

    Args:
        place: the test file, as pytest names it.
        account: pytest's text, with the traceback.
    """
    return "\n".join(filter(None, [f"{place}: {account}", _advice(account)]))


def _advice(account: str) -> str:
    if absent := _ABSENT.search(account):
        asked = f"student.{absent['name']}"
        return f"{NEIGHBOUR} A file of the submission is {asked}, without an import."
    return NEIGHBOUR if _RELATIVE.search(account) else ""
