"""`grader users links`, `grader users mail-links`: a way in for everybody who has none yet.

Owns flags and what is printed; who gets a link, and once, is `grader.service.sign_in_links`'.
"""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from grader import settings
from grader.cli import options, submit


def links(
    file: Annotated[Path, typer.Argument(help="Where to write login, name, email, link, token.")],
    into: options.InCourse = options.MAIN,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Make a sign-in link for everybody of a course who has no token, for a mail merge."""
    from grader import app as service
    from grader.course import memberships
    from grader.service import accounts, courses, sign_in_links

    chosen = settings.chosen(data_dir=data)
    with service.open_store(chosen) as store:
        courses.find(store, into)
        file.touch(mode=0o600, exist_ok=False)
        table = sign_in_links.made(
            store, into, memberships.ROLES, chosen.public_url.rstrip("/"), accounts.COMMAND_LINE
        )
        file.write_text(table, newline="")
    count = table.count("\n") - 1
    if as_json:
        options.say({"file": str(file), "links": count}, "", as_json=True)
    said = f"{count} link{'' if count == 1 else 's'}"
    typer.echo(f"{said} in {file}; delete it once they are sent", err=True)


def mail_links(
    into: options.InCourse = options.MAIN,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Mail a sign-in link to everybody of a course who has no token, once; the service sends them.

    The mail server must be set here as it is for the service (GRADER_SMTP_URL).
    """
    from grader import app as service
    from grader.course import memberships
    from grader.notify import channels
    from grader.service import accounts, sign_in_links

    chosen = settings.chosen(data_dir=data)
    with service.open_store(chosen) as store:
        done = sign_in_links.mailed(
            store, channels.chosen(chosen), into, memberships.ROLES, accounts.COMMAND_LINE
        )
    count = len(done.mailed)
    words = f"{count} link{' is' if count == 1 else 's are'} on the way"
    if done.without_address:
        words += f"; no address is known of {', '.join(done.without_address)}"
    options.say(dataclasses.asdict(done), words, as_json=as_json)
