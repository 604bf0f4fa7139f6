"""Does the submitted source keep the rules of the assignment's `[[policy.rule]]`?

Owns what each kind of rule looks for and what its action means. Does not take points away
(`scoring.points`) and does not run anything. A stranger's upload is looked into in a confined
process (`confined.reader`): what `check` returns is all that the trusted side learns of its source.
A rule is a deterrent with a clear message, not a wall: `getattr` gets around it.

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
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from grader import errors, models, wording
from grader.assignment import manifest as assignments
from grader.source import notebook, python_source, signatures

_PRINTING = ("print", "pprint.pprint", "sys.stdout.write", "sys.stderr.write")
_WARNING = re.compile(r"^.*:\d+: \w*Warning: .*\n?(?:  .*\n?)?", re.MULTILINE)
MAX_PLACES = 10
MAX_REASONS = 20  # of a refusal, as in `intake`


class SourceRules(msgspec.Struct, frozen=True):
    """All that looking into a submission's source needs, so that no file has to be read for it.

    Attributes:
        template: what the rules compare with: files of the template, by path.
        template_dir: where they lie, for messages.
    """

    manifest: assignments.Manifest
    template: dict[str, bytes]
    template_dir: str


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """A validated submission and what its source breaks without being refused for it.

    Attributes:
        prints: for each rule of `on_output`, what it breaks if something is printed; None if there
            is no place in the source that prints.
    """

    tree: models.FileTree
    violations: tuple[models.RuleViolation, ...]
    prints: tuple[models.RuleViolation | None, ...]


def rules_of(assignment: assignments.Assignment) -> SourceRules:
    """The rules of an assignment, with the part of its template that they compare with."""
    submission, folder = assignment.manifest.submission, assignment.template_dir
    template = {}
    if any(rule.kind in ("signature", "missing") for rule in assignment.manifest.policy.rule):
        names = (*submission.wanted, *submission.notebooks)
        template = {n: (folder / n).read_bytes() for n in names if (folder / n).is_file()}
    return SourceRules(assignment.manifest, template, str(folder))


def on_output(manifest: assignments.Manifest) -> list[assignments.Rule]:
    """The rules on printing, in the manifest's order."""
    return [rule for rule in manifest.policy.rule if rule.kind == "output"]


def check(rules: SourceRules, tree: models.FileTree) -> CheckedUpload:
    """Look into a submission's source; all that the rules need to know of it.

    Args:
        tree: as the student sent it, validated.

    Raises:
        UploadRefused: a rule whose action is `reject` is broken.
        SuiteError: a rule needs the template, and it is not there.
    """
    prints = []
    for rule in on_output(rules.manifest):
        findings = [(place, None) for place in _prints(rule, rules, tree.files)]
        prints.append(next(_violations(rule, findings), None))
    return CheckedUpload(tree, in_source(rules, tree), tuple(prints))


def in_source(rules: SourceRules, tree: models.FileTree) -> tuple[models.RuleViolation, ...]:
    """The rules that the submission's source breaks, whatever it prints; raises as `check`."""
    refused, violations = list[str](), list[models.RuleViolation]()
    for rule in rules.manifest.policy.rule:
        findings = list(_findings(rule, rules, tree.files))
        if rule.action == "reject":
            refused += [place for place, _ in findings]
        else:
            violations += _violations(rule, findings)
    if refused:
        raise errors.UploadRefused(wording.shortened(refused, MAX_REASONS))
    return tuple(violations)


def after_run(
    manifest: assignments.Manifest,
    upload: CheckedUpload,
    cases: Sequence[models.TestCase],
    outcomes: Sequence[models.Outcome],
) -> tuple[models.RuleViolation, ...]:
    """All that an upload breaks, once it is known what was printed while tests ran."""
    printed = (_has_printed(rule, cases, outcomes) for rule in on_output(manifest))
    return (*upload.violations, *filter(None, itertools.compress(upload.prints, printed)))


def _has_printed(
    rule: assignments.Rule, cases: Sequence[models.TestCase], outcomes: Sequence[models.Outcome]
) -> bool:
    """Whether the tests that a rule is about printed; libraries' warnings are not the student's."""
    task_of = {case.name: case.task for case in cases}
    return any(
        _WARNING.sub("", outcome.output).strip()
        for outcome in outcomes
        if not rule.tasks or task_of.get(outcome.test) in rule.tasks
    )


Finding = tuple[str, str | None]  # what was found, and the task that it belongs to if known


def _violations(
    rule: assignments.Rule, findings: Sequence[Finding]
) -> Iterator[models.RuleViolation]:
    """One violation for all findings that cost the same tasks."""
    by_tasks: dict[tuple[str, ...], list[str]] = {}
    for place, task in findings:
        tasks = rule.tasks or ((task,) if task else ())
        by_tasks.setdefault(tasks if rule.action == "zero" else (), []).append(place)
    for tasks, places in by_tasks.items():
        yield models.RuleViolation(rule.kind, tasks, tuple(wording.shortened(places, MAX_PLACES)))


def _findings(
    rule: assignments.Rule, rules: SourceRules, files: Mapping[str, bytes]
) -> Iterator[Finding]:
    if rule.kind in ("import", "call"):
        look = python_source.uses if rule.kind == "import" else python_source.calls
        for path, tree in _trees(rule, rules, files):
            for line, what in look(tree, rule.names):
                yield f"{path}:{line}: {what}, which this assignment forbids.", None
    elif rule.kind in ("signature", "missing"):
        for module in _asked_for(rule, rules, files):
            yield from _against_template(rule, rules, module, files)


def _asked_for(rule: assignments.Rule, rules: SourceRules, files: Mapping[str, bytes]) -> list[str]:
    return [
        path
        for path in rules.manifest.submission.wanted
        if path.endswith(".py") and path in files and rule.is_about(path)
    ]


def _trees(
    rule: assignments.Rule, rules: SourceRules, files: Mapping[str, bytes]
) -> Iterator[tuple[str, ast.Module]]:
    """Every Python file that the student wrote, notebooks cell by cell."""
    for path in files:
        own = path.endswith(".py") and path not in rules.manifest.submission.given
        if own and rule.is_about(path):
            for name, content in notebook.origins(path, files).items():
                yield name, python_source.tree_of(content)


def _prints(
    rule: assignments.Rule, rules: SourceRules, files: Mapping[str, bytes]
) -> Iterator[str]:
    for path, tree in _trees(rule, rules, files):
        tree.body = [node for node in tree.body if not _is_main_guard(node)]
        for line, what in python_source.calls(tree, _PRINTING):
            yield f"{path}:{line}: {what}; this assignment asks for code that prints nothing."


def _is_main_guard(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If):
        return False
    return any(isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test))


def _against_template(
    rule: assignments.Rule,
    rules: SourceRules,
    module: str,
    files: Mapping[str, bytes],
) -> Iterator[Finding]:
    template = signatures.read(_template_of(module, rules))
    have = signatures.read(notebook.origins(module, files))
    for name, asked in template.functions.items():
        if rule.names and name not in rule.names:
            continue
        if place := _difference(rule.kind, module, name, asked, template, have):
            yield place, asked.task


def _template_of(module: str, rules: SourceRules) -> dict[str, bytes]:
    """The template's module, or the cells of the notebook that stands for it."""
    names = (*rules.manifest.submission.notebooks, module)
    template = {name: rules.template[name] for name in names if name in rules.template}
    files = notebook.translate(template, [module]).files
    if module not in files:
        raise errors.SuiteError(
            f"{rules.template_dir}/{module}: no such file, but a rule compares with it; build it."
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
    written = have.functions.get(name)
    if kind == "missing":
        exists = written or have.may_have(name, template)
        return "" if exists else f"{module}:1: {name} is missing; the template has it."
    if written is None or signatures.takes(written.node, asked.node):
        return ""
    return (
        f"{written.path}:{written.node.lineno}: {name} takes ({signatures.shown(written.node)}), "
        f"but the template says ({signatures.shown(asked.node)}); change it back."
    )
