"""`grader login`, `grader logout`: which service this machine uses, and the token for it.

Owns the question for a token and what is printed; where it is kept is `grader.client.credentials`'.
"""

import os
import sys
from typing import Annotated

import typer

from grader import errors

Url = Annotated[str, typer.Argument(help="The service's address, as in a browser.")]


def login(
    url: Url = "",
    token: Annotated[
        str | None, typer.Option(help="The token itself, or - to read it from standard input.")
    ] = None,
) -> None:
    """Keep a token for a service on this machine, readable for you alone."""
    from grader.client import connection, credentials, submissions

    address = credentials.address(url) or credentials.current().url
    if address.startswith("http://") and credentials.address(address.partition("://")[2]) != (
        address
    ):
        typer.echo(f"Careful: {address} is not encrypted; others may read your token.", err=True)
    secret = _secret(token, address)
    with connection.Connection(credentials.Login(address, secret)) as service:
        homeworks = [one["slug"] for one in submissions.listed(service)]
    file = credentials.save(credentials.Login(address, secret))
    typer.echo(f"Logged in to {address}; the token is in {file}.")
    typer.echo(f"Homework: {', '.join(homeworks) or 'none is open yet'}")


def logout(url: Url = "") -> None:
    """Delete this machine's token for a service; the token itself stays valid."""
    from grader.client import credentials

    address = credentials.current(url).url
    if not credentials.forget(address):
        raise errors.NotFound(f"There is no token for {address} on this machine.")
    typer.echo(f"Deleted the token for {address} from this machine.")


def _secret(token: str | None, address: str) -> str:
    """The token: given, from standard input, from the environment, or asked for."""
    from grader.client import credentials

    if token == "-":  # noqa: S105  # stands for standard input
        return sys.stdin.readline().strip()
    if found := token or os.environ.get(credentials.TOKEN_VARIABLE, ""):
        return found.strip()
    typer.echo(f"Your course staff gives you the token for {address}.")
    prompted: str = typer.prompt("Token (it is not shown)", hide_input=True)
    return prompted.strip()
