"""The command line as a table: each verb lives in the module of this package that is named like it.

Owns the table of verbs and the exit status of what they raise. Everything heavy is imported inside
the verb that needs it, so that a student at home needs neither Docker nor a database.
"""

from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from grader import errors
from grader.cli import (
    annotations,
    audit,
    backup,
    batch,
    bulk_operations,
    check,
    course_settings,
    courses,
    data,
    download,
    excusals,
    extensions,
    grade,
    gradebook,
    gradescope,
    image,
    login,
    lti,
    marking,
    notify,
    options,
    publish,
    queue,
    remote_staff,
    requests,
    retention,
    schedule,
    serve,
    sign_in_links,
    similarity,
    submissions,
    submit,
    suite,
    teams,
    template,
    user_list,
    users,
    watch,
)


def _group(about: str) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, help=about)


app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

# Heading of the help -> its verbs, in their order.
PANELS: Mapping[str, tuple[Callable[..., None], ...]] = {
    "Students": (
        *(check.check, watch.watch, login.login, login.logout),
        *(download.download, submit.submit, submit.status, submit.report),
    ),
    "Authors of homework": (grade.grade, image.image),
    "Staff": (
        *(batch.batch, gradebook.gradebook, similarity.similarity, gradescope.results),
        *(remote_staff.regrade, extensions.extend, excusals.excuse, schedule.schedule),
        *(audit.audit, queue.queue, publish.publish, publish.versions),
    ),
    "Operators": (
        *(serve.serve, serve.doctor, serve.health, serve.demo, courses.enrol),
        *(backup.migrate, backup.backup, backup.restore),
    ),
}
# The half that a student installs has nothing of the server, so it does not offer its commands.
IS_WHOLE = (Path(__file__).parents[1] / "grading").is_dir()
REMOTE = (
    *PANELS["Students"],
    *(remote_staff.regrade, extensions.extend, excusals.excuse, schedule.schedule, audit.audit),
    *(queue.queue, publish.versions),
)
for panel, verbs in PANELS.items():
    for verb in verbs if IS_WHOLE else [one for one in verbs if one in REMOTE]:
        app.command(rich_help_panel=panel)(verb)

suite_app = _group("Work on the suites of a course.")
suite_app.command("new")(suite.new)
suite_app.command("check")(suite.check)
suite_app.command("manifest")(suite.print_manifest)
suite_app.command("list")(suite.list_suites)
suite_app.command("import")(suite.import_tests)

template_app = _group("Derive student templates.")
template_app.command("build")(template.build)
template_app.callback(invoke_without_command=True)(template.template)

data_app = _group("Data sets that assignments train and test on.")
data_app.command("list")(data.list_sets)
data_app.command("fetch")(data.fetch_set)
data_app.command("stand-in")(data.make_stand_in)
data_app.command("path")(data.print_path)

export_app = _group("Assignments for other systems.")
export_app.command("gradescope")(gradescope.export)

notify_app = _group("Messages to people and programs.")
notify_app.command("test")(notify.send_test)
notify_app.callback()(notify.notify)
app.add_typer(notify_app, name="notify", rich_help_panel="Operators")

submissions_app = _group("What staff do with students' submissions on a service.")
submissions_app.command("download")(submissions.download)
submissions_app.command("move")(submissions.move)
submissions_app.command("delete")(submissions.delete)
submissions_app.command("choose")(submissions.choose)
submissions_app.command("cancel")(submissions.cancel)
submissions_app.command("log")(submissions.log)
app.add_typer(submissions_app, name="submissions", rich_help_panel="Staff")

extensions_app = _group("Other due dates for single students; `grader extend` gives one.")
extensions_app.command("list")(extensions.list_extensions)
extensions_app.command("withdraw")(extensions.withdraw)
app.add_typer(extensions_app, name="extensions", rich_help_panel="Staff")

excused_app = _group("For whom a homework does not count; `grader excuse` excuses somebody.")
excused_app.command("list")(excusals.list_excused)
excused_app.command("withdraw")(excusals.withdraw)
app.add_typer(excused_app, name="excused", rich_help_panel="Staff")

marking_app = _group("Mark by hand: what is left, marks, rubrics, who marks what.")
marking_app.command("list")(marking.list_unmarked)
marking_app.command("next")(marking.next_unmarked)
marking_app.command("show")(marking.show)
marking_app.command("mark")(marking.mark)
marking_app.command("rubric")(marking.rubric)
marking_app.command("markers")(marking.markers)
marking_app.command("divide")(marking.divide)
app.add_typer(marking_app, name="marking", rich_help_panel="Staff")

annotations_app = _group("What staff write next to lines and pages of a submission.")
annotations_app.command("list")(annotations.list_annotations)
annotations_app.command("add")(annotations.add)
annotations_app.command("change")(annotations.change)
annotations_app.command("remove")(annotations.remove)
app.add_typer(annotations_app, name="annotations", rich_help_panel="Staff")

HELD = "Hold what has not started; what is being graded continues."
AGAIN = "Queue again what was held."
CANCELLED = "Cancel what has not ended; results that are there stay."
regrades_app = _group("Regrades on a service: look at them, apply, take back, pause, cancel.")
batches_app = _group("Batches on a service: many students' work at once.")
regrades_app.command("list")(bulk_operations.list_of("regrades"))
regrades_app.command("show")(bulk_operations.show_regrade)
regrades_app.command("apply")(bulk_operations.apply)
regrades_app.command("revert")(bulk_operations.revert)
batches_app.command("send")(bulk_operations.send_batch)
batches_app.command("list")(bulk_operations.list_of("batches"))
batches_app.command("show")(bulk_operations.show_batch)
batches_app.command("report")(bulk_operations.report)
for group, plural in ((regrades_app, "regrades"), (batches_app, "batches")):
    group.command("pause")(bulk_operations.move_of(plural, "pause", HELD))
    group.command("resume")(bulk_operations.move_of(plural, "resume", AGAIN))
    group.command("cancel")(bulk_operations.move_of(plural, "cancel", CANCELLED))
    app.add_typer(group, name=plural, rich_help_panel="Staff")

requests_app = _group("Regrade requests: students ask about points, staff answer.")
requests_app.command("list")(requests.list_requests)
requests_app.command("show")(requests.show)
requests_app.command("ask")(requests.ask)
requests_app.command("answer")(requests.answer)
app.add_typer(requests_app, name="requests", rich_help_panel="Staff")

teams_app = _group("Teams of a homework: form one, or, as staff, make and import them.")
teams_app.command("show")(teams.show)
teams_app.command("invite")(teams.invite)
teams_app.command("accept")(teams.accept)
teams_app.command("decline")(teams.decline)
teams_app.command("withdraw")(teams.withdraw)
teams_app.command("leave")(teams.leave)
teams_app.command("list")(teams.list_teams)
teams_app.command("make")(teams.make)
teams_app.command("change")(teams.change)
teams_app.command("dissolve")(teams.dissolve)
teams_app.command("import")(teams.import_teams)
app.add_typer(teams_app, name="teams", rich_help_panel="Students")

retention_app = _group("How long the work of a course is kept, and its deletion.")
retention_app.command("show")(retention.show)
retention_app.command("keep")(retention.keep)
retention_app.command("grades")(retention.grades)
retention_app.command("delete")(retention.delete)

courses_app = _group("Courses of a service, and their homeworks.")
courses_app.command("list")(courses.list_courses)
courses_app.command("create")(courses.create)
courses_app.command("edit")(courses.edit)
courses_app.command("settings")(course_settings.settings)
courses_app.command("archive")(courses.archive)
courses_app.command("move")(courses.move)

lti_app = _group("An LMS: who comes from there, and scores that go there.")
lti_app.command("list")(lti.platforms)
lti_app.command("register")(lti.register)
lti_app.command("remove")(lti.remove)
lti_app.command("invite")(lti.invite)
lti_app.command("rotate-key")(lti.rotate_key)
lti_app.command("courses")(lti.courses)
lti_app.command("accept")(lti.accept)
lti_app.command("drop")(lti.drop)
lti_app.command("roster")(lti.roster)
lti_app.command("scores")(lti.scores)

users_app = _group("People who may use the service.")
users_app.command("add")(users.add)
users_app.command("list")(user_list.list_users)
users_app.command("role")(user_list.role)
users_app.command("import")(users.import_roster)
users_app.command("links")(sign_in_links.links)
users_app.command("mail-links")(sign_in_links.mail_links)
users_app.command("token")(users.token)
users_app.command("tokens")(users.tokens)
users_app.command("revoke")(users.revoke)
users_app.command("late-days")(users.late_days)
users_app.command("forget")(users.forget)

if IS_WHOLE:
    app.add_typer(suite_app, name="suite", rich_help_panel="Authors of homework")
    app.add_typer(template_app, name="template", rich_help_panel="Authors of homework")
    app.add_typer(data_app, name="data", rich_help_panel="Authors of homework")
    app.add_typer(export_app, name="export", rich_help_panel="Authors of homework")
    app.add_typer(courses_app, name="courses", rich_help_panel="Operators")
    app.add_typer(retention_app, name="retention", rich_help_panel="Operators")
    app.add_typer(users_app, name="users", rich_help_panel="Operators")
    app.add_typer(lti_app, name="lti", rich_help_panel="Operators")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grader {metadata.version('grader')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # its callback acts
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Grade homework in deep learning, test your own, and submit it."""


# A flag names a file or folder that cannot be used; other faults of a disk keep their traces.
NAMED_FILES = (
    *(FileNotFoundError, FileExistsError, PermissionError),
    *(IsADirectoryError, NotADirectoryError),
)


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except errors.UploadRefused as exc:
        options.fail("The upload was refused.", *exc.reasons, status=options.EXIT_REFUSED)
    except (errors.StudentError, errors.Refusal) as exc:  # to try again would not help
        options.fail(str(exc), status=options.EXIT_REFUSED)
    except errors.GraderError as exc:
        options.fail(str(exc), status=options.EXIT_FAULT)
    except NAMED_FILES as exc:
        if not exc.filename:
            raise
        options.fail(
            f"{exc.filename}: {exc.strerror}. Name another place, or see to it that it is there "
            "and that you may use it.",
            status=options.EXIT_FAULT,
        )
    except ModuleNotFoundError as exc:
        if not exc.name:
            raise
        options.fail(
            f"This command needs {exc.name}, which a student's installation does not have. "
            "Install the whole grader from its repository: pip install '.[server,torch]'",
            status=options.EXIT_FAULT,
        )


if __name__ == "__main__":
    main()
