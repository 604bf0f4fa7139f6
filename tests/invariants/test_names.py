"""One meaning for each name: no two unrelated classes of `grader/` are called alike."""

import ast
import collections
import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "grader"
SCHEMAS = "api.schemas."

# A schema is called as what it is the JSON of; nothing else may share a name.
SCHEMA_OF = {
    "Annotation": "course.annotations",
    "AnnotationVersion": "course.annotations",
    "Assignment": "assignment.manifest",
    "AuditEntry": "store.rows",
    "BulkOperation": "store.rows",
    "Change": "scoring.regrade_diff",
    "CourseSettings": "course.course_settings",
    "EndedRuns": "store.service_status",
    "Extension": "store.rows",
    "FailedRun": "store.service_status",
    "Failure": "store.statistics",
    "Imported": "store.roster",
    "LmsCourse": "store.lti_courses",
    "Mark": "scoring.final_score",
    "MarkingVisit": "store.marking_visits",
    "MailedLinks": "service.sign_in_links",
    "NewEnrolment": "store.enrolments",
    "NewMark": "store.rows",
    "NewToken": "store.rows",
    "Pair": "course.similarity",
    "Person": "course.gradebook",
    "Platform": "lti.platforms",
    "RegradedMarks": "store.regraded_marks",
    "RubricChoices": "course.rubrics",
    "RegradeRequest": "course.regrade_requests",
    "RequestMessage": "course.regrade_requests",
    "RosterTaken": "service.lti_courses",
    "RunningRun": "store.service_status",
    "SentScore": "store.lti_scores",
    "Side": "scoring.regrade_diff",
    "Statistics": "store.statistics",
    "Team": "course.teams",
    "TeamInvitation": "course.teams",
    "TeamMember": "course.teams",
    "Submission": "store.rows",
    "Task": "assignment.manifest",
    "Tested": "models.outcomes",
    "Token": "store.rows",
    "Totals": "scoring.final_score",
    "UploadTerms": "assignment.schedule",
    "WorkerProcess": "store.service_status",
}


def classes():
    """Name of a class -> the modules that define one of it."""
    found = collections.defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module)
    return found


def test_no_two_classes_share_a_name_unless_one_is_the_others_schema():
    shared = {name: modules for name, modules in classes().items() if len(modules) > 1}
    kept = {
        name: modules
        for name, modules in shared.items()
        if [m for m in modules if not m.startswith(SCHEMAS)] == [SCHEMA_OF.get(name)]
        and len(modules) == 2
    }
    assert {name: modules for name, modules in shared.items() if name not in kept} == {}


def test_every_allowed_pair_is_still_one():
    named = classes()
    assert {name for name in SCHEMA_OF if len(named.get(name, ())) != 2} == set()


# They do not decide by a role: one lists students, the other acts for one.
NAME_A_ROLE = {"web/extensions.py", "service/counting.py"}


def test_who_may_is_decided_in_one_module():
    named = {
        str(path.relative_to(PACKAGE))
        for package in ("api", "http", "web", "service")
        for path in (PACKAGE / package).rglob("*.py")
        if re.search(r"models\.Role\.[A-Z]", path.read_text())
    }
    assert named == NAME_A_ROLE


def test_every_page_is_in_a_module_named_as_its_template():
    templates = {path.stem for path in (PACKAGE / "web" / "templates").glob("[!_]*.html")}
    modules = {path.stem for path in (PACKAGE / "web").glob("*.py")}
    assert templates - modules == {"base", "problem"}  # the frame, and errors of all pages
