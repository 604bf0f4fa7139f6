"""Does the submitted source keep the rules of the assignment's `[[policy.rule]]`?

Owns what each kind of rule looks for and what its action means. Does not take points away
(`scoring.points`) and does not run anything. A stranger's upload is looked into in a confined
process (`confined.reader`): what `check` returns is all that the trusted side learns of its source.
A rule is a deterrent with a clear message, not a wall: `getattr` gets around it.

    import     graded code uses a module, or a member of one
    call       graded code calls a builtin, a module's function or a method
    output     something was printed while tests ran, by a `print` outside `if __name__ == ...`
    signature  a function's parameters differ from the template's in name, order or default;
               further parameters that have a default are no difference
    missing    a function or method of the template is not there

Graded code is what the functions and classes of the template reach, through helpers and other files
too (`source.reach`). A forbidden import that none of it uses is mentioned and costs nothing; what
another cell or function does, such as comparing with a built-in, is nobody's concern.

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
from grader.source import notebook, python_source, reach, signatures, statements

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
    template = template_of(assignment)
    return SourceRules(assignment.manifest, template, str(assignment.template_dir))


def template_of(assignment: assignments.Assignment) -> dict[str, bytes]:
    """The files of the template that submissions are compared with: by rules, or with notebooks."""
    names, folder = template_names(assignment.manifest), assignment.template_dir
    return {n: (folder / n).read_bytes() for n in names if (folder / n).is_file()}


def template_names(manifest: assignments.Manifest) -> list[str]:
    """What these files are called; none where nothing is compared with them."""
    if not manifest.reads_template:
        return []
    names = (*manifest.submission.wanted, *manifest.submission.notebooks)
    return [name for name in names if name.endswith((".py", notebook.SUFFIX))]


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
    modules = _modules(rules, tree.files)
    for rule in rules.manifest.policy.rules:
        findings = list(_findings(rule, rules, tree.files, modules))
        if rule.action == "reject":
            refused += [place for place, _ in findings]
        else:
            violations += _violations(rule, findings)
        if not findings and rule.kind == "import":
            unused = [(place, None) for place in _unused_imports(rule, rules, tree.files)]
            violations += _violations(_mentioned(rule), unused)
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


def _mentioned(rule: assignments.Rule) -> assignments.Rule:
    return msgspec.structs.replace(rule, action="warn")


def _findings(
    rule: assignments.Rule,
    rules: SourceRules,
    files: Mapping[str, bytes],
    modules: reach.ModuleGraph,
) -> Iterator[Finding]:
    if rule.kind in ("import", "call"):
        roots = {
            path: _graded_names(path, rules, modules) for path in _asked_for(rule, rules, files)
        }
        places = {
            (use.path, use.line, what)
            for use in modules.uses(roots)
            if (what := _forbidden(rule, use))
        }
        for path, line, what in sorted(places):
            yield f"{path}:{line}: {what}, which this assignment forbids.", None
    elif rule.kind in ("signature", "missing"):
        for module in _asked_for(rule, rules, files):
            yield from _against_template(rule, rules, module, files)


def _modules(rules: SourceRules, files: Mapping[str, bytes]) -> reach.ModuleGraph:
    """Every Python file that the student wrote."""
    given = rules.manifest.submission.given
    own = (path for path in files if path.endswith(".py") and path not in given)
    return reach.ModuleGraph({path: notebook.origins(path, files) for path in own})


def _graded_names(path: str, rules: SourceRules, modules: reach.ModuleGraph) -> set[str]:
    """What the template names in a module; everything where there is no such thing."""
    try:
        template = signatures.read(_template_of(path, rules))
    except errors.SuiteError:  # a rule on imports does without
        return {reach.EVERYTHING}
    names = {name.partition(".")[0] for name in template.functions} | template.bases.keys()
    return names if modules.binds(path, names) else {reach.EVERYTHING}


def _forbidden(rule: assignments.Rule, use: reach.Use) -> str:
    """What a use does that the rule forbids, in words; empty if nothing."""
    if rule.kind == "import":
        name = _member_of(use.target, rule.names)
        return f"uses {name}" if name and not _member_of(use.target, rule.except_names) else ""
    method = f".{use.attribute}"
    name = use.target if use.target in rule.names else method if method in rule.names else ""
    if use.called:
        return f"calls {name}" if name else ""
    # A module's function under another name is as good as a call of it.
    return f"uses {use.target}" if name == use.target and "." in name else ""


def _member_of(target: str, names: Sequence[str]) -> str:
    """The first of the names that the target is, or is a member of."""
    return next((n for n in names if target == n or target.startswith(f"{n}.")), "")


def _unused_imports(
    rule: assignments.Rule, rules: SourceRules, files: Mapping[str, bytes]
) -> Iterator[str]:
    """Forbidden imports of a submission in which no graded code uses any."""
    for path, tree in _trees(rule, rules, files):
        lines = dict[int, str]()
        for line, _, target in python_source.imports(tree):
            if (name := _member_of(target, rule.names)) and not _member_of(
                target, rule.except_names
            ):
                lines.setdefault(line, name)
        for line, name in lines.items():
            yield (
                f"{path}:{line}: imports {name}, which graded code may not use. None of it does, "
                "so this costs nothing."
            )


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
        if notebook.is_cell(path):  # what else it prints belongs to no test
            tree.body = [node for node in tree.body if statements.defines(node)]
        tree.body = [node for node in tree.body if not reach.is_main_guard(node)]
        for line, what in python_source.calls(tree, _PRINTING):
            yield f"{path}:{line}: {what}; this assignment asks for code that prints nothing."


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
