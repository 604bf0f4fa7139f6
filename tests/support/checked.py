"""Files of a test's own as the confined reader would hand them to a grader, without the reader."""

from grader import models
from grader.assignment import manifest
from grader.intake import source_rules


def upload(assignment: manifest.Assignment, tree: models.FileTree) -> source_rules.CheckedUpload:
    """The tree with what its source breaks."""
    return source_rules.check(source_rules.rules_of(assignment), tree)


def violations(
    assignment: manifest.Assignment, tree: models.FileTree
) -> tuple[models.RuleViolation, ...]:
    """What the source of a tree breaks, whatever it prints; raises as `source_rules.check`."""
    return upload(assignment, tree).violations
