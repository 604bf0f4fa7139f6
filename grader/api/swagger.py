"""The API's reference at /docs: Swagger UI, served from here.

Owns the page and its policy. What it shows is /openapi.json; its script and styles are files of
the package `fastapi-offline` (MIT), which holds Swagger UI (Apache 2.0) of a pinned version, so
that the page asks no other host for anything and works on a closed network.
"""

import importlib.resources
import json
from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse

from grader.http import problems

router = APIRouter(include_in_schema=False)

FILES: Final = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}
KEPT: Final = {"Cache-Control": "public, max-age=86400"}
OPTIONS: Final = {"url": "/openapi.json", "dom_id": "#reference", "deepLinking": True}
START: Final = f'"use strict";\nSwaggerUIBundle({json.dumps(OPTIONS)});\n'
PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference · grader</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/start.js" defer></script>
</head>
<body>
<noscript>This page needs scripts; <a href="/openapi.json">/openapi.json</a> does not.</noscript>
<main id="reference"></main>
</body>
</html>
"""


def install(app: FastAPI) -> None:
    """Add the page to an application that was made with `docs_url=None`."""
    app.include_router(router)


@router.get("/docs")
def page() -> HTMLResponse:
    """The page itself."""
    return HTMLResponse(PAGE, headers=HEADERS)


@router.get("/docs/start.js")
def start() -> Response:
    """What begins it; a file, because the page's policy takes no script within the page."""
    return Response(START, media_type="text/javascript", headers=KEPT)


@router.get("/docs/{name}")
def file(name: str) -> FileResponse:
    """Swagger UI's script or styles."""
    if name not in FILES:
        raise problems.Problem(404, "There is no such file; the reference is at /docs.")
    folder = Path(str(importlib.resources.files("fastapi_offline") / "static"))
    return FileResponse(folder / name, media_type=FILES[name], headers=KEPT)
