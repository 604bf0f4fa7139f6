"""Tokens: list, issue and revoke somebody's.

Owns these routes; who may handle whose tokens is `grader.course.permissions`'.
"""

from fastapi import APIRouter, Response

from grader.api import callers
from grader.api.schemas import staff_schemas
from grader.http import dependencies, problems
from grader.service import roster

router = APIRouter()

_TOKENS = problems.described(
    **callers.UNAUTHORISED,
    s403="not yours, and not your student's",
    s404="no such user or token",
)


@router.get("/api/users/{name}/tokens", responses=_TOKENS)
def list_tokens(
    name: str, services: dependencies.Services, user: callers.Caller
) -> staff_schemas.Tokens:
    """Somebody's tokens: scope, purpose, when they end; never the tokens themselves."""
    tokens = roster.tokens(services, user, name)
    return staff_schemas.Tokens(tokens=[staff_schemas.token(token) for token in tokens])


@router.post("/api/users/{name}/tokens", status_code=201, responses=_TOKENS)
def issue_token(
    name: str, new: staff_schemas.NewToken, services: dependencies.Services, user: callers.Caller
) -> staff_schemas.Issued:
    """Issue a token. It is shown this once; what is kept is its hash.

    With a token that expires, one for yourself or for staff expires then at the latest.
    """
    token, stored = roster.issue_token(
        services, user, name, scope=new.scope, days=new.days, label=new.label
    )
    return staff_schemas.Issued(token=token, **staff_schemas.token(stored).model_dump())


@router.delete("/api/users/{name}/tokens/{token_id}", status_code=204, responses=_TOKENS)
def revoke_token(
    name: str, token_id: str, services: dependencies.Services, user: callers.Caller
) -> Response:
    """End a token at once, and every session that was opened with it."""
    roster.revoke_token(services, user, name, token_id)
    return Response(status_code=204)
