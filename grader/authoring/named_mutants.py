"""The named mutants of a suite: small edits of the reference that stand for real mistakes.

Owns `mutants.toml`, its schema, and how an entry becomes an edited reference. Does not grade
(`authoring.suite_check`) nor make mutants by machine (`authoring.mutants`).
"""

import ast
import textwrap
from collections.abc import Iterable
from pathlib import Path

import msgspec

from grader import errors, models
from grader.assignment import manifest, manifest_faults
from grader.authoring import mutants
from grader.source import syntax


class NamedMutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `mutants.toml`: `find` and `replace`, or `function` and `body`.

    Attributes:
        tasks: every one of these must lose points.
        find: text that stands exactly once in the reference's file.
        function: name of a function whose body is replaced by `body`.
        slow: tests marked slow also run on it; they take time, and most mistakes show without.
        fair: what a person would take for the mistake: task -> points. The suite must agree
            within `TOLERANCE` of the task.
    """

    name: str
    file: str
    tasks: tuple[str, ...]
    find: str = ""
    replace: str = ""
    function: str = ""
    body: str = ""
    slow: bool = False
    fair: dict[str, float] = {}  # msgspec copies an empty default


class MutantFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `mutants.toml`."""

    mutant: tuple[NamedMutant, ...] = ()
    equivalent: tuple[mutants.Equivalent, ...] = ()
    uncalled: tuple[mutants.Uncalled, ...] = ()

    def leaves_out(self, edit: mutants.Edit) -> bool:
        """Whether a machine-made mutant does not count."""
        return any(map(edit.is_like, self.equivalent)) or any(map(edit.is_in, self.uncalled))


def load(path: Path) -> MutantFile:
    """The named mutants of a suite, and what is known of machine-made ones.

    Raises:
        SuiteError: not TOML, or a wrong key.
    """
    try:
        text = path.read_bytes()
    except OSError as exc:
        raise errors.SuiteError(f"{path}: cannot be read ({exc}).") from exc
    try:
        return msgspec.toml.decode(text, type=MutantFile)
    except msgspec.DecodeError as exc:
        said = manifest_faults.explained(exc, text, MutantFile)
        raise errors.SuiteError(f"{path}: {said}") from exc


def check(
    specs: Iterable[NamedMutant], reference: models.FileTree, rubric: manifest.Manifest
) -> None:
    """See that every mutant fits the reference and the rubric.

    Raises:
        SuiteError: some do not; all of them are named.
    """
    faults = [fault for spec in specs for fault in _faults(spec, reference, rubric)]
    if faults:
        raise errors.SuiteError("\n".join(faults))


def _faults(
    spec: NamedMutant, reference: models.FileTree, rubric: manifest.Manifest
) -> Iterable[str]:
    known = [task.id for task in rubric.task if task.kind is models.TaskKind.AUTO]
    for task in dict.fromkeys((*spec.tasks, *spec.fair)):
        if task not in known:
            advice = manifest_faults.advice(task, known)
            yield f"mutant {spec.name!r}: no automatic task is called {task!r}{advice}"
    try:
        mutated(reference, spec)
    except errors.SuiteError as exc:
        yield str(exc)


def mutated(reference: models.FileTree, spec: NamedMutant) -> models.FileTree:
    """The reference with one mutant's edit.

    Raises:
        SuiteError: the edit does not fit.
    """
    if spec.file not in reference.files:
        advice = manifest_faults.advice(spec.file, reference.files)
        raise errors.SuiteError(
            f"mutant {spec.name!r}: the reference has no file {spec.file!r}{advice}"
        )
    source = reference.files[spec.file].decode()
    if spec.function:
        changed = _with_body(source, spec)
    else:
        count = source.count(spec.find) if spec.find else 0
        if count != 1:
            raise errors.SuiteError(
                f"mutant {spec.name!r}: its `find` stands {count} times in {spec.file}, not once; "
                f"{'include more of the line' if count else 'copy it with its indentation'}."
            )
        changed = source.replace(spec.find, spec.replace)
    if changed == source:
        raise errors.SuiteError(f"mutant {spec.name!r} changes nothing.")
    try:
        syntax.parsed(changed if spec.file.endswith(".py") else "")
    except SyntaxError as exc:  # it would be killed by every test and prove nothing
        raise errors.SuiteError(f"mutant {spec.name!r} is not valid Python: {exc}.") from exc
    return models.FileTree({**reference.files, spec.file: changed.encode()})


def _with_body(source: str, spec: NamedMutant) -> str:
    """The source with one function's body replaced; nested ones are named `Class.method`."""
    for name, node in _functions(syntax.parsed(source), ""):
        if name == spec.function:
            lines = source.splitlines(keepends=True)
            first, last = node.body[0], node.body[-1]
            body = textwrap.indent(textwrap.dedent(spec.body).strip(), " " * first.col_offset)
            return "".join([*lines[: first.lineno - 1], body + "\n", *lines[last.end_lineno :]])
    raise errors.SuiteError(f"mutant {spec.name!r}: no function {spec.function} in {spec.file}.")


def _functions(tree: ast.AST, prefix: str) -> Iterable[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
