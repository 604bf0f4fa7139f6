"""`grader notify test`: send one message now, to see that mail and webhooks work.

Owns flags and what is printed; sending is `grader.service.delivery`'s.
"""

from collections.abc import Iterator
from typing import Annotated

import typer

from grader import settings
from grader.cli import options


def notify() -> None:
    """Messages to people and programs."""  # without it, the only command would need no name


def send_test(
    address: Annotated[str, typer.Argument(help="Mail address that the test goes to.")] = "",
    webhooks: Annotated[bool, typer.Option("--webhooks", help="Also call each webhook.")] = False,
) -> None:
    """Send a test mail to ADDRESS, and with --webhooks a test call to each webhook."""
    from grader.notify import channels
    from grader.service import delivery

    if not address and not webhooks:
        options.fail("Name a mail address, or --webhooks.", status=options.EXIT_REFUSED)
    ways = channels.chosen(settings.chosen())
    if address:
        delivery.trial(ways, address)
        typer.echo(f"The mail server took a message to {address}; see whether it arrives.")
    if webhooks:
        _call_all(delivery.trial_of_webhooks(ways))


def _call_all(results: Iterator[tuple[str, str]]) -> None:
    """Print each webhook's answer; a bad one ends the command with a fault."""
    answers = list(results)
    for name, fault in answers:
        typer.echo(fault or f"{name} took the call.", err=bool(fault))
    if not answers:
        options.fail("No webhook is set: see GRADER_WEBHOOK_URLS.", status=options.EXIT_FAULT)
    if bad := [name for name, fault in answers if fault]:
        options.fail(
            f"{len(bad)} of {len(answers)} did not take the call.", status=options.EXIT_FAULT
        )
