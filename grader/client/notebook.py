"""What a notebook uses of the grader: `grader.check`, `submit`, `download` and `login`.

Owns the steps of these four and what they ask. A mistake of the student's is one sentence, without
a traceback through our code. Checking is `client.notebook_check`'s, talking to the service
`client.submissions`'.
"""

import contextlib
import getpass
from collections.abc import Iterator
from pathlib import Path

from grader import errors
from grader.client import (
    cells,
    check_result,
    connection,
    credentials,
    homework,
    live_display,
    live_notebook,
    notebook_check,
    submission_result,
    submissions,
)


class InTheWay(Exception):
    """What is in the way, in a sentence; notebooks show it without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"grader: {self}"]


@contextlib.contextmanager
def _in_a_sentence() -> Iterator[None]:
    try:
        yield
    except errors.UploadRefused as exc:
        raise InTheWay("\n".join(["this was not accepted.", *exc.reasons])) from exc
    except errors.GraderError as exc:
        raise InTheWay(str(exc)) from exc


def check(*tasks: str, tests: str | Path = "", show: bool = True) -> check_result.Checked:
    """Run the public tests on what this notebook has defined so far.

    Args:
        tasks: ids, as "1a"; all tasks if none is named.
        tests: the folder that holds `public_tests/`; found if it is here, above or just below.
        show: display the result.

    Raises:
        InTheWay: there are no tests here, or none for such a task.
    """
    with _in_a_sentence():
        return notebook_check.check(*tasks, tests=tests, show=show)


def submit(
    file: str = "", *, homework: str = "", unsaved: bool = False, wait: bool = True
) -> submission_result.SubmissionResult:
    """Submit this notebook, and show where it stands until it is graded.

    Args:
        file: the notebook's file, where it cannot be found out; or a folder with all your files.
        homework: its name, where it cannot be found out.
        unsaved: send the saved file although other code is running here.
        wait: until it is graded.

    Raises:
        InTheWay: it is not saved, not accepted, or the service cannot be reached.
    """
    with _in_a_sentence():
        upload, slug = _upload(file, homework, unsaved=unsaved)
        display = live_display.Display()
        with _service() as service:
            return _sent(service, upload, slug, display, Path(file or "."), wait=wait)


def _upload(file: str, slug: str, *, unsaved: bool) -> tuple[submissions.OutgoingFiles, str]:
    """What is sent, and the homework that it says it is."""
    if file and Path(file).is_dir():
        return submissions.prepared(Path(file)), slug
    found = live_notebook.find(file)
    changed = cells.unsaved(found.source, cells.namespace()) if found.source else []
    if changed and not unsaved:
        raise errors.UploadRefused(
            f"{found.name}, as it is saved, has other code than runs here ({', '.join(changed)}). "
            "Save the notebook (Ctrl+S) and run this again; grader.submit(unsaved=True) sends the "
            "saved file all the same."
        )
    named = slug or homework.name_of_notebook(found.content)
    return submissions.of_files({found.name: found.content}), named


def _sent(
    service: connection.Connection,
    upload: submissions.OutgoingFiles,
    slug: str,
    display: live_display.Display,
    path: Path,
    *,
    wait: bool,
) -> submission_result.SubmissionResult:
    slug = homework.chosen(slug, path.resolve(), submissions.listed(service))
    display.say("\n".join((*upload.notes, f"Submitting {slug}: {upload.summary}")))
    accepted = submissions.send(service, slug, upload)
    number, page = str(accepted["id"]), submissions.page(service, str(accepted["id"]))
    if wait:
        accepted = submissions.follow(
            service, number, lambda status: display.say(submissions.in_words(status))
        )
    is_done = accepted["state"] == "done"
    report = submissions.report(service, number) if is_done else None
    done = submission_result.SubmissionResult(number, page, accepted, report)
    display.clear()
    display.show(done)
    return done


def download(homework: str, to: str | Path = "", *, replace: bool = False) -> Path:
    """Download a homework; what you have changed stays, tests are brought up to date.

    Args:
        homework: its name.
        to: the folder; one of the homework's name unless given.
        replace: also what you have changed.

    Raises:
        InTheWay: there is no such homework, or the service cannot be reached.
    """
    with _in_a_sentence(), _service() as service:
        return _downloaded(service, homework, Path(to or homework), replace=replace)


def _downloaded(service: connection.Connection, slug: str, folder: Path, *, replace: bool) -> Path:
    content = service.content(f"/api/assignments/{slug}/template.zip")
    done = homework.unpack(content, folder, replace=replace)
    live_display.Display().say(f"{len(done.written)} files are in {folder}/")
    return folder


def login(url: str = "", token: str = "") -> None:
    """Keep a token for a service on this machine; asked for unless given.

    Raises:
        InTheWay: the token is not valid, or the service cannot be reached.
    """
    with _in_a_sentence():
        known = credentials.current(url)
        credentials.save(_checked(credentials.Login(known.url, token or _asked(known.url))))


@contextlib.contextmanager
def _service() -> Iterator[connection.Connection]:
    """The service; the token is asked for once, then kept outside of the notebook."""
    known = credentials.current()
    if not known.token:
        known = _checked(credentials.Login(known.url, _asked(known.url)))
        credentials.save(known)
    with connection.Connection(known) as service:
        yield service


def _asked(url: str) -> str:
    return getpass.getpass(f"Your token for {url} (it is not shown): ").strip()


def _checked(login: credentials.Login) -> credentials.Login:
    with connection.Connection(login) as service:
        submissions.listed(service)
    return login
