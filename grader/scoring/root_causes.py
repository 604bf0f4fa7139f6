"""Which failures of a report come from an earlier task: what to fix first. Pure.

Owns the rule: a failing task is explained by the tasks that it needs, directly or through others,
that fail themselves. A file that cannot be imported is a cause of its own, said above all tasks
(`scoring.import_failures`), and so are the rules that take points (`scoring.broken_rules`); no task
is one for what they cost. The rule looks at the report in
hand, so a student reads nothing that their own report does not show. Does not own how a page or a
terminal folds such tasks.
"""

from collections.abc import Collection, Mapping

from grader import models, wording
from grader.scoring import broken_rules


def fix_first(report: models.Report) -> dict[str, tuple[str, ...]]:
    """Failing task -> the failing tasks that it needs and that need no failing one themselves."""
    failing = {
        test.task
        for test in broken_rules.tests_only(report.tests)
        if test.verdict is not models.Verdict.PASSED and not test.unimportable
    }
    return explained({task.id: task.needs for task in report.tasks}, failing)


def explained(
    needs: Mapping[str, tuple[str, ...]], failing: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The same, of failing tasks: each that needs a failing one, and those to fix first."""
    found = {task: _roots(task, needs, failing) for task in needs if task in failing}
    return {task: roots for task, roots in found.items() if roots}


def _roots(
    task: str, needs: Mapping[str, tuple[str, ...]], failing: Collection[str]
) -> tuple[str, ...]:
    """In the order of the rubric; `needs` goes back only, so this ends."""
    found = set[str]()
    for needed in needs.get(task, ()):
        deeper = _roots(needed, needs, failing)
        found.update(deeper or ((needed,) if needed in failing else ()))
    return tuple(name for name in needs if name in found)


def advice(report: models.Report) -> list[str]:
    """One sentence per task to fix first: "Fix 1a first: 2b, 3b and 4b use it."."""
    users: dict[str, list[str]] = {}
    for task, roots in fix_first(report).items():
        for root in roots:
            users.setdefault(root, []).append(task)
    order = [task.id for task in report.tasks]
    return [_sentence(root, users[root]) for root in sorted(users, key=order.index)]


def _sentence(root: str, users: list[str]) -> str:
    return f"Fix {root} first: {wording.listed(users)} {'use' if users[1:] else 'uses'} it."
