"""What FastAPI hands to routes and pages alike: the services behind them.

Owns the names under which an application keeps them. Who calls is `grader.api.callers`' for tokens
and `grader.web.rendering`'s for signed-in people.
"""

import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from grader.http import multipart
from grader.service import context, similarity


def install(app: FastAPI, services: context.Services) -> None:
    """Keep the services with an application."""
    app.state.services = services
    app.state.comparisons = similarity.Comparisons(services.store, services.uploads)
    app.state.upload_room = asyncio.Semaphore(multipart.MAX_IN_MEMORY)


def _services(request: Request) -> context.Services:
    services: context.Services = request.app.state.services
    return services


def _comparisons(request: Request) -> similarity.Comparisons:
    comparisons: similarity.Comparisons = request.app.state.comparisons
    return comparisons


def _upload_room(request: Request) -> asyncio.Semaphore:
    room: asyncio.Semaphore = request.app.state.upload_room
    return room


Services = Annotated[context.Services, Depends(_services)]
Comparisons = Annotated[similarity.Comparisons, Depends(_comparisons)]
UploadRoom = Annotated[asyncio.Semaphore, Depends(_upload_room)]
