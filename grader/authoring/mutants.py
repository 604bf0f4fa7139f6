"""Machine-made mutants: cosmic-ray's operators applied to the reference's solution regions.

Owns which edits there are, in which order they are sampled, and which are known to be equivalent
to the reference. Does not grade (`authoring.suite_check`). The only user of cosmic-ray, which comes
with the extra `dev` and is imported when it is needed.

An edit is known by the line before and after it, so a list of equivalents outlives other edits of
the file. The sample is drawn by a hash of that, so it is the same on each machine, a larger sample
holds the smaller one, and a change elsewhere leaves it alone.
"""

import ast
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.authoring import marked_solutions
from grader.source import syntax


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An edit that no test can tell from the reference, and why (in `mutants.toml`).

    Attributes:
        line: the reference's line, without its indentation.
        becomes: the same line after the edit.
    """

    file: str
    line: str
    becomes: str
    reason: str


class Uncalled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A function that no quick test calls, as a script that trains, and why.

    Attributes:
        function: its name; methods as `Class.method`.
    """

    file: str
    function: str
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One machine-made mutant; `source` is the whole file after it."""

    file: str
    number: int
    line: str
    becomes: str
    source: bytes

    @property
    def name(self) -> str:
        """The edit in words."""
        return f"{self.file}:{self.number}: {self.line}  ->  {self.becomes}"

    def is_like(self, known: Equivalent) -> bool:
        """Whether an entry of the list of equivalents means this edit."""
        return (self.file, self.line, self.becomes) == (known.file, known.line, known.becomes)

    def is_in(self, uncalled: Uncalled) -> bool:
        """Whether the edit lies in this function."""
        return self.file == uncalled.file and ".".join(names(self)) == uncalled.function


def edits(assignment: assignments.Assignment, reference: models.FileTree) -> list[Edit]:
    """Every edit of the solution regions, in the order in which they are sampled.

    Raises:
        SuiteError: the reference's markers are wrong, or cosmic-ray is not installed.
    """
    submission = assignment.manifest.submission
    tasks = [task.id for task in assignment.manifest.task]
    collected = list[Edit]()
    for file in submission.wanted:
        if file.endswith(".py") and file in reference.files:
            text = reference.files[file].decode()
            regions = marked_solutions.regions(text, file, tasks)
            lines = {n for region in regions for n in range(region.first + 1, region.last)}
            collected += _edits_of(file, text, lines)
    return sorted(collected, key=_rank)


def mutated(reference: models.FileTree, edit: Edit) -> models.FileTree:
    """The reference with one edit."""
    return models.FileTree({**reference.files, edit.file: edit.source})


def names(edit: Edit) -> tuple[str, ...]:
    """The names of the class and function that an edit is in, outermost first."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    around = [node for node in ast.walk(syntax.parsed(edit.source)) if isinstance(node, kinds)]
    return tuple(n.name for n in around if n.lineno <= edit.number <= (n.end_lineno or n.lineno))


def unknown(known: Sequence[Equivalent], made: Sequence[Edit]) -> list[Equivalent]:
    """Entries that mean no edit: the reference has changed, or they are misspelt."""
    return [entry for entry in known if not any(edit.is_like(entry) for edit in made)]


def _rank(edit: Edit) -> str:
    identity = "\0".join((edit.file, edit.line, edit.becomes))
    return hashlib.sha256(identity.encode()).hexdigest() + f"{edit.number:08}"


def _edits_of(file: str, text: str, lines: set[int]) -> Iterator[Edit]:
    """The edits of one file; each meaning once, none that means the same as before."""
    seen = {ast.dump(syntax.parsed(text))}
    for changed in _variants(text, lines):
        try:
            meaning = ast.dump(syntax.parsed(changed))
        except SyntaxError:  # an operator that does not fit here
            continue
        if meaning not in seen:
            seen.add(meaning)
            number, line, becomes = _difference(text, changed)
            yield Edit(file, number, line, becomes, changed.encode())


def _variants(text: str, lines: set[int]) -> Iterator[str]:
    """The text after each operator at each place within these lines."""
    library = _library()
    tree = library["get_ast"](text)
    for name in library["operator_names"]():
        kind = library["get_operator"](name)
        if kind.arguments():  # needs names chosen by hand
            continue
        nodes = library["ast_nodes"](tree)
        places = [place for node in nodes for place in kind().mutation_positions(node)]
        for occurrence, ((line, _column), _end) in enumerate(places):
            if line in lines and (changed := library["mutate_code"](text, kind(), occurrence)):
                yield changed


def _library() -> Mapping[str, Any]:
    try:
        from cosmic_ray import ast as trees
        from cosmic_ray import mutating, plugins
    except ImportError as exc:
        raise errors.SuiteError(
            "Machine-made mutants need cosmic-ray: pip install -e '.[dev]' -c constraints.txt"
        ) from exc
    return {
        "get_ast": trees.get_ast,
        "ast_nodes": trees.ast_nodes,
        "mutate_code": mutating.mutate_code,
        "operator_names": plugins.operator_names,
        "get_operator": plugins.get_operator,
    }


def _difference(before: str, after: str) -> tuple[int, str, str]:
    """Number and text of the first line that differs, before and after."""
    pairs = enumerate(zip(before.splitlines(), after.splitlines(), strict=False), 1)
    for number, (old, new) in pairs:
        if old != new:
            return number, old.strip(), new.strip()
    raise ValueError("the texts are equal")  # their syntax trees were not
