"""Downloads of other systems: whose work each file of one is. Pure.

Owns the names that Canvas, Moodle, Brightspace and Blackboard give to what they let staff download.
Each file is recognised by itself, so that an odd name costs only itself. Gradescope's exports name
nobody in their files: `grader.intake.gradescope_export`. What is done with a student's files is
`grader.intake.bulk_archive`'s.

    Canvas       leejann_LATE_4711_99_layers.py, leejann_4711_text.html, anon_x1Yz2_99_layers.py
                 (instructure/canvas-lms, lib/content_zipper.rb, get_filename)
    Moodle       Ann Lee_4711_assignsubmission_file/layers.py, also as one name without a folder
                 (moodle/moodle, mod/assign/locallib.php, download_submissions)
    Brightspace  12-34 - Ann Lee - Oct 9, 2026 130 PM/layers.py
    Blackboard   HW1_ann_attempt_2026-10-09-13-30-00_layers.py
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from grader.course import person_names

# Before what they give out stands nothing that looks like two numbers: Canvas takes that out of
# names. A name may hold underlines.
_CANVAS = re.compile(
    r"(?:(?P<name>.+?)(?P<late>_LATE)?_(?P<user>\d+)|(?P<late2>LATE_)?anon_(?P<anonymous>\w{5}))_"
    r"(?:(?P<file>\d+)_(?P<original>.+)|(?P<typed>(?:text|link)\.html))"
)
_REPEATED = re.compile(r"-\d+(?=\.\w+$)")  # Canvas' mark of a file that was sent again
_MOODLE = re.compile(
    r"(?P<name>[^_]+)_(?P<user>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<original>.*))?"
)
_BLIND = "Participant"  # Moodle's name of everybody while marking is blind
_BRIGHTSPACE = re.compile(
    r"\d+-\d+ ?- ?(?P<name>.+?) ?- ?(?:\w{3,9}\.? \d{1,2}|\d{1,2} \w{3,9}\.?),? \d{4} .*"
)
_BRIGHTSPACE_LIST = "index.html"  # what it gave out, below the students' folders
_BLACKBOARD = re.compile(
    r".+?_(?P<name>[^_]+)_attempt_\d{4}(?:-\d{2}){5}(?:_(?P<original>.+)|\.txt)"
)

T = TypeVar("T")
Paths = Mapping[tuple[str, ...], T]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a file is.

    Attributes:
        number: how the other system numbers the student; "" where its files do not say.
        path: of the file among the student's; empty for what is not the student's.
        again: the path where the first is taken.
        cut: the name is cut short or nobody's own, so that the number always goes with it.
        late: the system marks it so.
    """

    name: str
    number: str
    path: tuple[str, ...]
    again: tuple[str, ...] = ()
    cut: bool = False
    late: bool = False

    def label(self, *, namesakes: bool) -> str:
        """The student's name here."""
        if not self.number or not (self.cut or namesakes):
            return self.name
        return f"{self.name} ({self.number})"


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """Files with the student's name as the first part of each path, and who was late."""

    files: Paths[T]
    late: frozenset[str] = frozenset()


def named(files: Paths[T]) -> Named[T]:
    """The files under the names of their students; the same where no system's names are found."""
    owners = {path: owner for path in files if (owner := _owner(path))}
    numbers: dict[str, set[str]] = {}
    for owner in owners.values():
        numbers.setdefault(owner.name, set()).add(owner.number)
    renamed: dict[tuple[str, ...], T] = {}
    late = set[str]()
    for path in sorted(files):  # of two attempts the later one stays
        owner = owners.get(path)
        if owner is None:
            if not (owners and path == (_BRIGHTSPACE_LIST,)):
                renamed[path] = files[path]
        elif owner.path:
            label = owner.label(namesakes=len(numbers[owner.name]) > 1)
            taken = owner.again and (label, *owner.path) in renamed
            renamed[(label, *(owner.again if taken else owner.path))] = files[path]
            late |= {label} if owner.late else set()
    return Named(renamed, frozenset(late))


def is_student(folder: str) -> bool:
    """Whether a folder of this name is one student's in a download."""
    return any(pattern.fullmatch(folder) for pattern in (_MOODLE, _BRIGHTSPACE))


def _owner(path: tuple[str, ...]) -> Owner | None:
    top, inside = path[0], path[1:]
    if match := _MOODLE.fullmatch(top):
        return _of_moodle(match, inside)
    if inside:
        match = _BRIGHTSPACE.fullmatch(top)
        return Owner(person_names.normal(match["name"]), "", inside) if match else None
    if match := _BLACKBOARD.fullmatch(top):
        original = match["original"]
        return Owner(match["name"], "", (original,) if original else ())
    match = _CANVAS.fullmatch(top)
    return _of_canvas(match) if match else None


def _of_canvas(match: re.Match[str]) -> Owner:
    """Names there are cut short and not unique; the number in brackets is Canvas' own."""
    late = bool(match["late"] or match["late2"])
    name = match["typed"] or match["original"]
    plain = (_REPEATED.sub("", name),)
    if match["anonymous"]:
        return Owner(f"anon_{match['anonymous']}", "", plain, (name,), late=late)
    return Owner(match["name"], match["user"], plain, (name,), cut=True, late=late)


def _of_moodle(match: re.Match[str], inside: tuple[str, ...]) -> Owner:
    path = inside or ((match["original"],) if match["original"] else ())
    name = person_names.normal(match["name"])
    return Owner(name, match["user"], path, cut=name == _BLIND)
