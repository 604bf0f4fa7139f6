"""`grader teams`: form a team for a homework, or, as staff, make, change and import teams.

Owns flags and what is printed; what is allowed and done is the service's.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from grader.cli import options, submit

Classmate = Annotated[str, typer.Argument(help="Their login.")]
Number = Annotated[int, typer.Argument(help="The team's, as `list` prints it.")]
Members = Annotated[list[str], typer.Argument(help="Logins, addresses or student numbers.")]


def show(slug: options.Slug, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Show your team, who has invited you, and whom you have invited."""
    with submit.open_service(url) as service:
        _print_own(service.get(f"/api/assignments/{slug}/team"), as_json=as_json)


def invite(
    slug: options.Slug,
    login: Classmate,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Invite a classmate; whoever accepts first is in your team, until it is complete."""
    with submit.open_service(url) as service:
        found = service.post(f"/api/assignments/{slug}/team/invitations", {"login": login})
        _print_own(found, as_json=as_json)


def accept(
    slug: options.Slug,
    login: Classmate,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Join the team of a classmate who has invited you."""
    _answer(slug, login, "accept", url, as_json=as_json)


def decline(
    slug: options.Slug,
    login: Classmate,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Say no to a classmate who has invited you."""
    _answer(slug, login, "decline", url, as_json=as_json)


def withdraw(
    slug: options.Slug,
    login: Classmate,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Take back an invitation that you have sent."""
    with submit.open_service(url) as service:
        service.delete(f"/api/assignments/{slug}/team/invitations/{quote(login, safe='')}")
        _print_own(service.get(f"/api/assignments/{slug}/team"), as_json=as_json)


def leave(slug: options.Slug, url: submit.Service = "", as_json: submit.AsJson = False) -> None:
    """Leave your team, while it has submitted nothing."""
    with submit.open_service(url) as service:
        service.delete(f"/api/assignments/{slug}/team")
        _print_own(service.get(f"/api/assignments/{slug}/team"), as_json=as_json)


def list_teams(
    slug: options.Slug,
    csv: Annotated[bool, typer.Option("--csv", help="As a table for `import`.")] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """List a homework's teams and who has none yet. For staff."""
    with submit.open_service(url) as service:
        if csv:
            typer.echo(service.text(f"/api/assignments/{slug}/teams.csv"), nl=False)
            return
        found = service.get(f"/api/assignments/{slug}/teams")
    lines = [
        f"{team['id']:6}  {_names(team)}  ({team['submissions']} submitted)"
        for team in found["teams"]
    ]
    alone = ", ".join(one["login"] for one in found["alone"])
    lines.append(f"No team: {alone or 'nobody'}")
    options.say(found, "\n".join(lines), as_json=as_json)


def make(
    slug: options.Slug,
    members: Members,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Make a team; its people leave the teams that they are in. For instructors."""
    with submit.open_service(url) as service:
        done = service.post(f"/api/assignments/{slug}/teams", {"members": members})
        _print_changes(done, as_json=as_json)


def change(
    slug: options.Slug,
    number: Number,
    members: Members,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Let a team be other people; its submissions stay as they are. For instructors."""
    with submit.open_service(url) as service:
        done = service.put(f"/api/assignments/{slug}/teams/{number}", {"members": members})
        _print_changes(done, as_json=as_json)


def dissolve(
    slug: options.Slug, number: Number, url: submit.Service = "", as_json: submit.AsJson = False
) -> None:
    """Dissolve a team; its submissions stay as they are. For instructors."""
    with submit.open_service(url) as service:
        service.delete(f"/api/assignments/{slug}/teams/{number}")
    options.say({"dissolved": number}, f"Team {number} is dissolved.", as_json=as_json)


def import_teams(
    slug: options.Slug,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV (a line for each team, or columns `team` and `login`) or JSON.",
        ),
    ],
    only_these: Annotated[
        bool, typer.Option("--only-these", help="Dissolve teams that the file does not name.")
    ] = False,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Make the teams of a file, all of them or none. For instructors."""
    with submit.open_service(url) as service:
        path = f"/api/assignments/{slug}/teams/import"
        asked = {"only_these": "true"} if only_these else {}
        done = service.send_file(path, file.name, file.read_bytes(), **asked)
        _print_changes(done, as_json=as_json)


def _answer(slug: str, login: str, word: str, url: str, *, as_json: bool) -> None:
    with submit.open_service(url) as service:
        path = f"/api/assignments/{slug}/team/invitations/{quote(login, safe='')}/{word}"
        _print_own(service.post(path, {}), as_json=as_json)


def _print_own(found: Mapping[str, Any], *, as_json: bool) -> None:
    options.say(found, "\n".join(_own(found)), as_json=as_json)


def _own(found: Mapping[str, Any]) -> Iterator[str]:
    team = found["team"]
    yield f"Your team: {_names(team)}" if team else "You are in no team."
    for one in found["received"]:
        yield f"{_named(one['inviter'])} invites you."
    for one in found["sent"]:
        yield f"You have invited {_named(one['invited'])}; there is no answer yet."


def _print_changes(done: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(done, indent=2))
        return
    for word in ("made", "changed", "dissolved"):
        for team in done[word]:
            typer.echo(f"{word:9} {team['id']:6}  {_names(team)}")
    typer.echo(f"{done['unchanged']} as before.")


def _names(team: Mapping[str, Any]) -> str:
    return ", ".join(_named(one) for one in team["members"])


def _named(one: Mapping[str, Any]) -> str:
    name = f"{one['name']} ({one['login']})" if one["name"] else str(one["login"])
    return f"{name}, dropped" if one["dropped"] else name
