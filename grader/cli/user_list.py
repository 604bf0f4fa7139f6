"""`grader users list`, `grader users role`: who may use the service, and as what.

Owns flags and what is printed; people are `grader.store.roster`'s and `grader.store.users`'.
"""

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from grader import models, settings
from grader.cli import options, submit

if TYPE_CHECKING:
    from grader.store import roster


def list_users(
    role: Annotated[models.Role | None, typer.Option(help="Only these.")] = None,
    into: options.InCourse = options.MAIN,
    dropped: Annotated[
        bool, typer.Option("--dropped", help="Also those who have left the course.")
    ] = False,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """List a course's people and the administrators: login, role, section, name, address."""
    from grader import app as service
    from grader.store import roster

    with service.open_store(settings.chosen(data_dir=data)) as store:
        found = roster.administrators(store)
        found += roster.everybody(store, into, dropped=dropped)
        people = [one for one in found if role in (None, one.role)]
    if as_json:
        typer.echo(json.dumps([_as_json(one) for one in people], indent=2))
        return
    for one in people:
        who = one.person
        shown = f"{who.login:20} {one.role.value:11} {who.section:8} {who.full_name} {who.email}"
        typer.echo(shown.rstrip() + (" (dropped)" if one.dropped else ""))


def role(
    name: Annotated[str, typer.Argument(help="Login name.")],
    role: Annotated[models.Role, typer.Argument(help="What they are from now on.")],
    into: options.InCourse = options.MAIN,
    as_json: submit.AsJson = False,
    data: options.Data = None,
) -> None:
    """Change what a person may do in a course, at once; an admin may do everything in all."""
    from grader import app as service
    from grader.service import accounts, courses

    with service.open_store(settings.chosen(data_dir=data)) as store:
        if role is models.Role.ADMIN:  # of the service
            courses.find(store, into)
        else:
            courses.require_open_course(store, into)
        accounts.set_role(store, name, role, course=into)
    done = {"login": name, "role": role.value, "course": into}
    options.say(done, f"{name} is {role.value} now.", as_json=as_json)


def _as_json(entry: "roster.RosterEntry") -> dict[str, str]:
    return {"role": entry.role.value, **dataclasses.asdict(entry.person)}
