"""`grader regrade`: what instructors ask of a service from a terminal.

Owns flags and what is printed; what is allowed and done is the service's.
"""

from typing import Annotated

import typer

from grader import models
from grader.cli import options, submit


def regrade(
    slug: options.Slug,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the regrade.")],
    which: Annotated[models.Which, typer.Option(help="Which submissions.")] = models.Which.LATEST,
    submission: Annotated[
        list[str] | None, typer.Option(help="The id of one; may be repeated. Then only these.")
    ] = None,
    every_test: Annotated[
        bool, typer.Option("--every-test", help="Run every test, also where nothing has changed.")
    ] = False,
    version: Annotated[
        int | None, typer.Option(help="Of the homework, to grade by; the live one by default.")
    ] = None,
    url: submit.Service = "",
    as_json: submit.AsJson = False,
) -> None:
    """Grade submissions again by the suite as it is now. Nothing counts until you apply it."""
    chosen = models.Which.CHOSEN if submission else which
    asked = {
        "which": chosen,
        "reason": reason,
        "submissions": submission or [],
        "every_test": every_test,
        "version": version,
    }
    with submit.open_service(url) as service:
        started = service.post(f"/api/assignments/{slug}/regrades", asked)
        page = f"{service.url}/regrades/{started['id']}"
    options.say(started | {"page": page}, page, as_json=as_json)
