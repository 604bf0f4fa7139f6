"""Does the submitted source keep the rules of the assignment's `[[policy.rule]]`? Pure.

Owns what each kind of rule looks for and what its action means. Does not take points away
(`scoring.points`) and does not run anything. A rule is a deterrent with a clear message, not a
wall: `getattr` gets around it.

    import     a module, or a member of one, is imported or used
    call       a builtin, a module's function or a method is called
    output     something was printed while tests ran, by a `print` outside `if __name__ == ...`
    signature  a function's parameters differ from the template's in name, order or default;
               further parameters that have a default are no difference
    missing    a function or method of the template is not there

    reject     the upload is refused
    zero       the rule's tasks earn nothing; by default, for signature and missing, the task that
               the template's TODO names in that function
    warn       a note in the report
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from grader import errors, models, wording
from grader.assignment import manifest as assignments
from grader.source import notebook, python_source, signatures

_PRINTING = ("print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write")
_WARNING = re.compile(r"^.*:\d+: \w*Warning: .*\n?(?:  .*\n?)?", re.MULTILINE)
MAX_PLACES = 10
MAX_REASONS = 20  # of a refusal, as in `intake`


def in_source(
    assignment: assignments.Assignment, tree: models.FileTree
) -> tuple[models.Breach, ...]:
    """The rules that the submission's source breaks.

    Args:
        tree: as the student sent it, validated.

    Raises:
        UploadRefused: a rule whose action is `reject` is broken.
        SuiteError: a rule needs the template, and it is not there.
    """
    refused, breaches = list[str](), list[models.Breach]()
    for rule in assignment.manifest.policy.rule:
        found = list(_findings(rule, assignment, tree.files))
        if rule.action == "reject":
            refused += [place for place, _ in found]
        else:
            breaches += _breaches(rule, found)
    if refused:
        raise errors.UploadRefused(wording.shortened(refused, MAX_REASONS))
    return tuple(breaches)


def in_output(
    assignment: assignments.Assignment,
    tree: models.FileTree,
    cases: Sequence[models.TestCase],
    outcomes: Sequence[models.Outcome],
) -> tuple[models.Breach, ...]:
    """The rules on printing that a run broke; warnings of libraries are not the student's."""
    breaches = list[models.Breach]()
    task_of = {case.name: case.task for case in cases}
    for rule in assignment.manifest.policy.rule:
        if rule.kind != "output":
            continue
        printed = any(
            _WARNING.sub("", outcome.output).strip()
            for outcome in outcomes
            if not rule.tasks or task_of.get(outcome.test) in rule.tasks
        )
        places = list(_prints(rule, assignment, tree.files)) if printed else []
        breaches += _breaches(rule, [(place, None) for place in places])
    return tuple(breaches)


Finding = tuple[str, str | None]  # what was found, and the task that it belongs to if known


def _breaches(rule: assignments.Rule, found: Sequence[Finding]) -> Iterator[models.Breach]:
    """One breach for all findings that cost the same tasks."""
    by_tasks: dict[tuple[str, ...], list[str]] = {}
    for place, task in found:
        tasks = rule.tasks or ((task,) if task else ())
        by_tasks.setdefault(tasks if rule.action == "zero" else (), []).append(place)
    for tasks, places in by_tasks.items():
        yield models.Breach(rule.kind, tasks, tuple(wording.shortened(places, MAX_PLACES)))


def _findings(
    rule: assignments.Rule, assignment: assignments.Assignment, files: Mapping[str, bytes]
) -> Iterator[Finding]:
    if rule.kind in ("import", "call"):
        look = python_source.uses if rule.kind == "import" else python_source.calls
        for path, tree in _trees(rule, assignment, files):
            for line, what in look(tree, rule.names):
                yield f"{path}:{line}: {what}, which this assignment forbids.", None
    elif rule.kind in ("signature", "missing"):
        for module in _asked_for(rule, assignment, files):
            yield from _against_template(rule, assignment, module, files)


def _asked_for(
    rule: assignments.Rule, assignment: assignments.Assignment, files: Mapping[str, bytes]
) -> list[str]:
    return [
        path
        for path in assignment.manifest.submission.wanted
        if path.endswith(".py") and path in files and rule.is_about(path)
    ]


def _trees(
    rule: assignments.Rule, assignment: assignments.Assignment, files: Mapping[str, bytes]
) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file that the student wrote, notebooks cell by cell."""
    for path in files:
        own = path.endswith(".py") and path not in assignment.manifest.submission.given
        if own and rule.is_about(path):
            for name, content in notebook.origins(path, files).items():
                yield name, python_source.tree_of(content)


def _prints(
    rule: assignments.Rule, assignment: assignments.Assignment, files: Mapping[str, bytes]
) -> Iterator[str]:
    for path, tree in _trees(rule, assignment, files):
        tree.body = [node for node in tree.body if not _is_main_guard(node)]
        for line, what in python_source.calls(tree, _PRINTING):
            yield f"{path}:{line}: {what}; this assignment asks for code that prints nothing."


def _is_main_guard(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If):
        return False
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _against_template(
    rule: assignments.Rule,
    assignment: assignments.Assignment,
    module: str,
    files: Mapping[str, bytes],
) -> Iterator[Finding]:
    template = signatures.read(_template_of(module, assignment))
    have = signatures.read(notebook.origins(module, files))
    for name, asked in template.functions.items():
        if rule.names and name not in rule.names:
            continue
        if place := _difference(rule.kind, module, name, asked, template, have):
            yield place, asked.task


def _template_of(module: str, assignment: assignments.Assignment) -> dict[str, bytes]:
    """The template's module, or the cells of the notebook that stands for it."""
    paths = {
        name: assignment.template_dir / name for name in assignment.manifest.submission.notebooks
    }
    paths[module] = assignment.template_dir / module
    there = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    files = notebook.translate(there, [module]).files
    if module not in files:
        raise errors.SuiteError(
            f"{paths[module]}: no such file, but a rule compares with it; build it."
        )
    return notebook.origins(module, files)


def _difference(
    kind: str,
    module: str,
    name: str,
    asked: signatures.Definition,
    template: signatures.Names,
    have: signatures.Names,
) -> str:
    """How the submission's function differs, in a sentence; empty if it does not."""
    found = have.functions.get(name)
    if kind == "missing":
        there = found or have.may_have(name, template)
        return "" if there else f"{module}:1: {name} is missing; the template has it."
    if found is None or signatures.takes(found.node, asked.node):
        return ""
    return (
        f"{found.path}:{found.node.lineno}: {name} takes ({signatures.shown(found.node)}), but the "
        f"template says ({signatures.shown(asked.node)}); change it back."
    )
