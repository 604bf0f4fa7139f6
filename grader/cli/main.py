"""The command line: one verb per subcommand, flags in, exit status out; no logic of its own.

Owns flags, exit statuses and what is printed. Everything heavy is imported inside the verb that
needs it, so that a student at home needs neither Docker nor a database.

Exit status of `grade`: 0 graded, 1 below --min-score, 2 upload refused, 3 machine or suite fault.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from grader import errors, models, settings
from grader.cli import operate, users

EXIT_BELOW_MINIMUM, EXIT_REFUSED, EXIT_FAULT = 1, 2, 3

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
suite_app = typer.Typer(no_args_is_help=True, help="Work on the suites of a course.")
template_app = typer.Typer(no_args_is_help=True, help="Derive student templates.")
data_app = typer.Typer(no_args_is_help=True, help="Data sets that assignments train and test on.")
app.add_typer(suite_app, name="suite")
app.add_typer(template_app, name="template")
app.add_typer(data_app, name="data")
export_app = typer.Typer(no_args_is_help=True, help="Assignments for other systems.")
app.add_typer(export_app, name="export")
app.add_typer(users.app, name="users")

Course = Annotated[
    Path | None,
    typer.Option("--course", help="Folder that holds tests/suites/ (GRADER_COURSE_DIR)."),
]
Slug = Annotated[str, typer.Argument(help="Name of the assignment.")]


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except errors.UploadRefused as exc:
        _fail("The upload was refused.", *exc.reasons, status=EXIT_REFUSED)
    except errors.GraderError as exc:
        _fail(str(exc), status=EXIT_FAULT)
    except ModuleNotFoundError as exc:
        if (exc.name or "grader").startswith("grader"):
            raise
        _fail(
            f"This command needs the package {exc.name}, which a student's installation has not. "
            "Install the rest with: pip install 'grader[server,torch]'",
            status=EXIT_FAULT,
        )


def _fail(*lines: str, status: int) -> None:
    for line in lines:
        typer.echo(line, err=True)
    sys.exit(status)


def _settings(course: Path | None = None, **changes: Any) -> settings.Settings:
    return settings.chosen(course_dir=course, **changes)


@app.command()
def grade(
    path: Annotated[list[Path], typer.Argument(help="A folder, a zip, or the files themselves.")],
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Name of the assignment.")],
    course: Course = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    audience: Annotated[str, typer.Option(help="instructor or student")] = "instructor",
    min_score: Annotated[str, typer.Option(help="Exit 1 below this, e.g. 100%.")] = "",
) -> None:
    """Grade one submission in a sandbox, without a server."""
    from grader.grading import bench

    def progress(news: models.Progress) -> None:
        if isinstance(news, models.PhaseEnded):
            typer.echo(bench.phase_line(news, audience))

    report = bench.grade(_settings(course), assignment, path, audience, progress)
    bench.write(report, json_file, junit)
    typer.echo(bench.summary(report))
    if min_score and not bench.reaches(report.score, report.max_score, min_score):
        _fail(f"The score is below {min_score}.", status=EXIT_BELOW_MINIMUM)


@app.command()
def batch(
    folder: Annotated[
        Path, typer.Argument(help="A folder with a folder, zip or notebook for each student.")
    ],
    assignment: Annotated[str, typer.Option("--assignment", "-a", help="Name of the assignment.")],
    course: Course = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write a table here.")] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all reports here.")
    ] = None,
) -> None:
    """Grade many submissions without a server; called again, it goes on where it was broken off."""
    from grader.cli import batch_run, progress_bar

    with progress_bar.shown("Grading") as advance:
        lines = batch_run.run(_settings(course), assignment, folder, advance)
    batch_run.write(assignment, lines, csv_file, json_file)
    typer.echo(batch_run.summary(lines))
    if failed := sum(line.state == "failed" for line in lines):
        _fail(f"{failed} could not be graded by no fault of theirs.", status=EXIT_FAULT)


@app.command()
def check(
    path: Annotated[Path, typer.Argument(help="Your folder.")] = Path(),
    tests: Annotated[
        Path | None, typer.Option(help="Where public_tests/ is, if not there.")
    ] = None,
) -> None:
    """Run the public tests on your own code, on your own machine."""
    from grader.suite import local_run

    sys.exit(local_run.check(path.resolve(), (tests or path).resolve()))


@suite_app.command("new")
def suite_new(slug: Slug, course: Course = None) -> None:
    """Write a small first assignment to start from."""
    from grader.authoring import scaffold

    root = _settings(course).course_dir
    for path in scaffold.write(root, slug):
        typer.echo(path)
    typer.echo(f"Next: grader template build {slug} && grader suite check {slug}")


@suite_app.command("check")
def suite_check(
    slug: Slug,
    course: Course = None,
    named: Annotated[
        int, typer.Option(min=0, help="At most this many named mutants, spread evenly; 0: all.")
    ] = 0,
    generated: Annotated[
        str, typer.Option(help="How many machine-made mutants to try as well, or `all`.")
    ] = "0",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here.")
    ] = None,
) -> None:
    """Reference passes, template fails, every mutant dies: exit 1 if anything is amiss."""
    from grader.cli import progress_bar
    from grader.grading import bench

    if not (generated.isdecimal() or generated == "all"):
        raise errors.SuiteError(f"--generated {generated}: give a number or `all`.")
    sample = sys.maxsize if generated == "all" else int(generated)
    with progress_bar.shown(f"Grading {slug} and its mutants") as advance:
        quality = bench.check_suite(_settings(course), slug, named, sample, advance)
    if json_file:
        json_file.write_text(json.dumps(quality.to_json(), indent=2) + "\n")
    typer.echo(bench.quality_summary(quality))
    if quality.complaints:
        _fail(*quality.complaints, status=EXIT_BELOW_MINIMUM)


@template_app.command("build")
def template_build(
    slug: Annotated[str | None, typer.Argument(help="One assignment; all by default.")] = None,
    course: Course = None,
    check_only: Annotated[
        bool, typer.Option("--check", help="Change nothing, report drift.")
    ] = False,
) -> None:
    """Write student_template/ from reference/, or check that it is current."""
    from grader.grading import bench

    drift = bench.build_templates(_settings(course), slug, check_only=check_only)
    if drift:
        _fail(*drift, status=EXIT_BELOW_MINIMUM)


@template_app.callback(invoke_without_command=True)
def template(
    context: typer.Context,
    check_only: Annotated[bool, typer.Option("--check", help="Same as `build --check`.")] = False,
) -> None:
    """Derive student templates from the reference solutions."""
    if context.invoked_subcommand is None and check_only:
        template_build(None, None, check_only=True)


DataName = Annotated[str, typer.Argument(help="cifar10, digits or mnist")]


@data_app.command("list")
def data_list(course: Course = None) -> None:
    """Which data sets are here, and whether they are real or stand-ins."""
    from grader.datasets import files

    root = _settings(course).datasets
    for name in sorted(files.ITEM_SHAPES):
        typer.echo(f"{name:8} {_told(files.meta(root, name))}")


@data_app.command("fetch")
def data_fetch(
    name: DataName,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="mnist: folder of IDX files; cifar10: the official archive."),
    ] = None,
    course: Course = None,
) -> None:
    """Get a real data set; it takes the place of a stand-in."""
    from grader.datasets import fetch

    typer.echo(f"{name:8} {_told(fetch.fetch(_settings(course).datasets, name, source))}")


@data_app.command("stand-in")
def data_stand_in(name: DataName, course: Course = None) -> None:
    """Make synthetic data of a data set's shapes, unless something is there already."""
    from grader.datasets import fetch

    typer.echo(f"{name:8} {_told(fetch.make_stand_in(_settings(course).datasets, name))}")


@data_app.command("path")
def data_path(course: Course = None) -> None:
    """Print the folder that programs read as GRADER_DATA: the public halves."""
    from grader.datasets import files

    typer.echo(files.public_dir(_settings(course).datasets))


def _told(meta: Any) -> str:
    if meta is None:
        return "missing"
    kind = "STAND-IN" if meta.stand_in else "real"
    return f"{kind:8}  {' x '.join(map(str, meta.shape))} in train  ({meta.source})"


@app.command("gradebook")
def write_gradebook(
    slug: Slug,
    system: Annotated[
        str, typer.Option("--for", help="plain, canvas, gradescope or moodle")
    ] = "plain",
    column: Annotated[str, typer.Option(help="Title of the column of points.")] = "",
    course: Course = None,
    data: Annotated[Path | None, typer.Option("--data", help="The service's data folder.")] = None,
) -> None:
    """Print what counts for each student as CSV, in the columns of another system."""
    from grader import app as service
    from grader.assignment import manifest as assignments
    from grader.course import gradebook
    from grader.exchange import gradebook_csv
    from grader.store import gradebook as stored

    chosen = _settings(course, data_dir=data)
    manifest = assignments.load(chosen.course_dir, slug).manifest
    target, shared = gradebook_csv.system(system), gradebook_csv.book(manifest, column)
    with service.open_store(chosen) as store:
        rows = stored.rows_of(store, slug)
        entries = gradebook.entries(rows, manifest.schedule, manifest.manual)
        for line in gradebook_csv.to_csv(entries, shared, target):
            typer.echo(line, nl=False)


@app.command("results")
def results_of(
    file: Annotated[Path, typer.Argument(help="A results.json of a Gradescope autograder.")],
    min_score: Annotated[str, typer.Option(help="Exit 1 below this, e.g. 100%.")] = "",
) -> None:
    """Read what a Gradescope autograder wrote: what failed, and the score."""
    from grader.gradescope import read_results
    from grader.grading import bench

    found = read_results.read(file)
    typer.echo(read_results.summary(found))
    if min_score.endswith("%") and found.most is None:
        raise errors.UploadRefused(f"{file}: no test has a max_score; give --min-score in points.")
    points, most = Fraction(found.points), Fraction(found.most or 0)
    if min_score and not bench.reaches(points, most, min_score):
        _fail(f"The score is below {min_score}.", status=EXIT_BELOW_MINIMUM)


@export_app.command("gradescope")
def export_gradescope(
    slug: Slug,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the zip.")] = Path(
        "autograder.zip"
    ),
    requirement: Annotated[
        list[str] | None, typer.Option(help="A further package, like scikit-learn==1.7.2.")
    ] = None,
    course: Course = None,
) -> None:
    """Write an autograder.zip that grades as the service does, behind a thinner wall."""
    from grader.assignment import manifest as assignments
    from grader.gradescope import autograder_zip

    chosen = _settings(course)
    assignment = assignments.load(chosen.course_dir, slug)
    output.write_bytes(autograder_zip.build(assignment, chosen.datasets, requirement or ()))
    typer.echo(f"{output}: upload it as the autograder of a programming assignment")


@app.command()
def similarity(
    slug: Slug,
    course: Course = None,
    data: Annotated[Path | None, typer.Option("--data", help="The service's data folder.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write it all here.")] = None,
) -> None:
    """Compare the latest submission of each student with the others'; print who is alike."""
    from grader import app as service
    from grader.assignment import manifest as assignments
    from grader.service import similarity as service_similarity

    chosen = _settings(course, data_dir=data)
    assignment = assignments.load(chosen.course_dir, slug)
    with service.open_store(chosen) as store:
        report = service_similarity.compare(store, service.uploads_of(chosen), assignment).report
    for pair in report["pairs"]:
        (one, other), (of_one, of_other) = pair["students"], pair["share"]
        typer.echo(f"{of_one:4.0%} of {one} is like {of_other:4.0%} of {other}")
    typer.echo(f"{report['compared']} compared, {len(report['pairs'])} pairs are alike")
    if json_file:
        json_file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


@app.command()
def serve(
    course: Course = None,
    data: Annotated[Path | None, typer.Option("--data", help="Folder for everything kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 picks a free one.")] = None,
) -> None:
    """Run API and worker in one process, with an embedded database unless one is given."""
    from grader import app as service

    chosen = _settings(course, data_dir=data, host=host, port=port)
    service.serve(chosen, ready=lambda url: typer.echo(f"Ready at {url}"))


@app.command()
def doctor(
    data: Annotated[Path | None, typer.Option("--data", help="The service's data folder.")] = None,
) -> None:
    """Examine this machine: can it grade, is every control in force, what mends the rest."""
    from grader.cli import doctor as examination

    bad = 0
    for finding in examination.examine(_settings(data_dir=data)):
        mark = "ok" if finding.ok else "BAD" if finding.needed else "note"
        typer.echo(f"{mark:5} {finding.name}: {finding.said}")
        bad += finding.needed and not finding.ok
    if bad:
        _fail(f"Nothing would be graded here: {bad} of these must be mended.", status=EXIT_FAULT)


@app.command()
def demo(course: Course = None) -> None:
    """Start the service on a free port, upload three submissions, show what they get."""
    from grader.cli import demo as story

    story.run(_settings(course))


operate.install(app, users.app)


if __name__ == "__main__":
    main()
