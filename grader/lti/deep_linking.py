"""The answer to a platform that asks which homework a link will open. Pure.

Owns its form: members that have no value are left out (Open edX fails at a null), and what the
platform wants back is sent back as it came.
"""

import secrets
import time
from typing import Any, Final

from grader.lti import grades, keys, launch, platforms

VALID_S: Final = 600


def item(site: str, column: grades.Column, *, with_column: bool) -> dict[str, Any]:
    """A link to a homework.

    Args:
        with_column: the platform makes a column of its gradebook with it.
    """
    link: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": column.title,
        "url": f"{site}/assignments/{column.homework}",
        "custom": {"homework": column.homework},
    }
    return link | ({"lineItem": grades.as_sent(column)} if with_column else {})


def response(
    key: keys.ToolKey,
    registration: platforms.Registration,
    deployment: str,
    asked: launch.DeepLinking,
    items: list[dict[str, Any]],
) -> str:
    """The signed answer, which the browser takes back to the platform."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": now,
        "exp": now + VALID_S,
        "nonce": secrets.token_urlsafe(24),
        f"{launch.CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{launch.CLAIM}version": launch.VERSION,
        f"{launch.CLAIM}deployment_id": deployment,
        f"{launch.DEEP_LINKING}content_items": items,
    }
    if asked.data is not None:
        claims[f"{launch.DEEP_LINKING}data"] = asked.data
    return key.signed(claims)
