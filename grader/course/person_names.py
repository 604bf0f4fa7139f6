"""Names as people and systems write them, in the one form that is stored and compared. Pure.

Owns what makes two spellings one name: composed and decomposed letters (macOS writes file names
decomposed), special and doubled blanks, characters that nobody sees. Every roster cell and every
label of handed-in work goes through here once, at the door, so that equality is enough everywhere
behind it. `0033_names.sql` says the same of what was stored before.
"""

import re
import unicodedata

SHARED = " + "  # between the members in the label of a team's work
_NUMBERED = re.compile(r"(.+) \((\d+)\)")
# Controls; marks of direction and width, soft hyphens; halves of characters; private; unassigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def normal(text: str) -> str:
    """The one spelling: composed, single blanks, and only what can be seen."""
    blank = "".join(" " if letter.isspace() else letter for letter in text)
    seen = "".join(letter for letter in blank if unicodedata.category(letter) not in _UNSEEN)
    return " ".join(unicodedata.normalize("NFC", seen).split())


def only_in_case(login: str, other: str) -> str:
    """Why `login` cannot be a new one next to `other`."""
    return (
        f"There is a login {other!r}, and {login!r} differs from it only in capital letters. "
        f"Write {other!r} if it is the same person; otherwise choose another login."
    )


def numbered(label: str) -> tuple[str, str]:
    """Name and number of a label like "ann (4711)"; the number is "" where there is none."""
    match = _NUMBERED.fullmatch(label)
    return (match[1], match[2]) if match else (label, "")


def members(label: str) -> tuple[str, ...]:
    """Whose work a label names: one, or the members of a team."""
    return tuple(label.split(SHARED))
