"""A whole service as a process whose grading runs small suites without a sandbox.

Run as `python -m tests.support.term_service DATA_DIR COURSE_DIR DATABASE_URL [SMTP_URL]`; prints
its URL when ready. Intake, worker, scoring and reports are the real ones; a test of a suite gets
the submission's modules themselves in place of a sandbox, so only a story's own submissions may
come here.
"""

import io
import runpy
import subprocess
import sys
import types
import zipfile
from fractions import Fraction
from pathlib import Path

import pytest

from grader import app, models, settings
from grader.assignment import manifest
from grader.scoring import points
from grader.service import accounts, adapters, course_folder, ports
from grader.store import database
from grader.suite import decorators
from tests.support import fakes_service as fakes
from tests.support import mail_server

FOLDERS = {"public": models.Visibility.VISIBLE, "hidden": models.Visibility.HIDDEN}


class Grading(fakes.Grading):
    """`ports.GradingPort` that runs each test on the submission's modules, in this process."""

    def __init__(self, chosen: settings.Settings) -> None:
        super().__init__()
        self._course = course_folder.of_service(chosen)

    def grade(self, slug, upload, *, queued_s, on_progress, earlier=None, assignment=None):
        with zipfile.ZipFile(io.BytesIO(upload)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        return graded(assignment or self._course.load(slug), files, on_progress)

    def check_version(self, assignment: manifest.Assignment, give_way) -> ports.VersionCheck:
        give_way()
        findings = []
        for folder, wanted in ((assignment.reference_dir, 1), (assignment.template_dir, 0)):
            files = {path.name: path.read_bytes() for path in folder.iterdir()}
            report = graded(assignment, files)
            if report.score != wanted * report.max_score:
                score = f"{float(report.score):g} of {float(report.max_score):g}"
                findings.append(f"{folder.parent.name}/{folder.name} gets {score} points")
        return ports.VersionCheck(tuple(findings), {"mutants": {"killed": 2, "total": 2}})


def graded(assignment, files, on_progress=None):
    """The report of one submission."""
    student = types.SimpleNamespace(
        **{name[:-3]: _module(code) for name, code in files.items() if name.endswith(".py")}
    )
    tests = list(_tests(assignment.suite_dir))
    outcomes = []
    for case, function in tests:
        outcomes.append(_outcome(case.name, function, student))
        if on_progress:
            on_progress(models.Tested(case, outcomes[-1], len(outcomes), len(tests)))
    return points.score(assignment, [case for case, _ in tests], outcomes, models.Timing())


def _module(code):
    module = types.SimpleNamespace()
    exec(code, module.__dict__)  # the story's own text, see above
    return module


def _tests(suite_dir):
    for folder, visibility in FOLDERS.items():
        for path in sorted(suite_dir.glob(f"{folder}/test_*.py")):
            for name, function in runpy.run_path(str(path)).items():
                mark = getattr(function, decorators.MARK, None)
                if mark:
                    full = f"{folder}/{path.name}::{name}"
                    seen = mark.visibility or visibility
                    weight = Fraction(mark.weight)
                    yield models.TestCase(full, full, mark.task, weight, seen, mark.hint), function


def _outcome(name, function, student):
    try:
        function(student)
    except AssertionError as exc:
        return models.Outcome(name, models.Verdict.WRONG_ANSWER, str(exc))
    except Exception as exc:  # whatever the submission raises
        return models.Outcome(name, models.Verdict.EXCEPTION, repr(exc))
    return models.Outcome(name, models.Verdict.PASSED)


class Service:
    """A running service, an administrator's token, and nothing else in it."""

    def __init__(self, folder: Path, database_url: str, smtp_url: str) -> None:
        course = folder / "course"
        course.mkdir()
        store = database.Database(database_url)
        self.admin = accounts.add_user(store, "root", "admin")
        store.close()
        words = [folder / "data", course, database_url, smtp_url]
        command = [sys.executable, "-m", "tests.support.term_service", *words]
        self._log = folder / "service.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).parents[2],
            )
        self.url = self._process.stdout.readline().strip()
        assert self.url, self.log()

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)
        self._process.stdout.close()


@pytest.fixture
def start_service(tmp_path, database_url):
    """Starts the one service of a test."""
    started = []

    def start(smtp_url=""):
        started.append(Service(tmp_path, database_url, smtp_url))
        return started[0]

    yield start
    for one in started:
        one.stop()
        print(one.log())  # noqa: T201  # shown if the test fails


def main(data_dir: str, course_dir: str, database_url: str, smtp_url: str) -> None:
    """Serve until told to stop."""
    port = mail_server.free_port()
    chosen = settings.chosen(
        data_dir=Path(data_dir),
        course_dir=Path(course_dir),
        database_url=database_url,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        workers=1,
        smtp_url=smtp_url,
        mail_from="grader@u.example" if smtp_url else "",
    )
    parts = app.Parts(adapters.Intake, Grading, adapters.views)
    app.serve(chosen, ready=lambda url: print(url, flush=True), parts=parts)  # noqa: T201  # read by the test


if __name__ == "__main__":
    main(*sys.argv[1:])
