"""The command line as a table: each verb lives in the module of this package that is named like it.

Owns the table of verbs and the exit status of what they raise. Everything heavy is imported inside
the verb that needs it, so that a student at home needs neither Docker nor a database.
"""

import typer

from grader import errors
from grader.cli import (
    backup,
    batch,
    check,
    data,
    grade,
    gradebook,
    gradescope,
    image,
    options,
    serve,
    similarity,
    suite,
    template,
    users,
)


def _group(about: str) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, help=about)


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.command()(grade.grade)
app.command()(batch.batch)
app.command()(check.check)
app.command()(gradebook.gradebook)
app.command()(gradescope.results)
app.command()(similarity.similarity)
app.command()(serve.serve)
app.command()(serve.doctor)
app.command()(serve.demo)
app.command()(image.image)
app.command()(serve.health)
app.command()(backup.migrate)
app.command()(backup.backup)
app.command()(backup.restore)

suite_app = _group("Work on the suites of a course.")
suite_app.command("new")(suite.new)
suite_app.command("check")(suite.check)
app.add_typer(suite_app, name="suite")

template_app = _group("Derive student templates.")
template_app.command("build")(template.build)
template_app.callback(invoke_without_command=True)(template.template)
app.add_typer(template_app, name="template")

data_app = _group("Data sets that assignments train and test on.")
data_app.command("list")(data.list_sets)
data_app.command("fetch")(data.fetch_set)
data_app.command("stand-in")(data.make_stand_in)
data_app.command("path")(data.print_path)
app.add_typer(data_app, name="data")

export_app = _group("Assignments for other systems.")
export_app.command("gradescope")(gradescope.export)
app.add_typer(export_app, name="export")

users_app = _group("People who may use the service.")
users_app.command("add")(users.add)
users_app.command("import")(users.import_roster)
users_app.command("token")(users.token)
users_app.command("tokens")(users.tokens)
users_app.command("revoke")(users.revoke)
users_app.command("late-days")(users.late_days)
users_app.command("forget")(users.forget)
app.add_typer(users_app, name="users")


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except errors.UploadRefused as exc:
        options.fail("The upload was refused.", *exc.reasons, status=options.EXIT_REFUSED)
    except errors.GraderError as exc:
        options.fail(str(exc), status=options.EXIT_FAULT)
    except ModuleNotFoundError as exc:
        if (exc.name or "grader").startswith("grader"):
            raise
        options.fail(
            f"This command needs the package {exc.name}, which a student's installation has not. "
            "Install the rest with: pip install 'grader[server,torch]'",
            status=options.EXIT_FAULT,
        )


if __name__ == "__main__":
    main()
