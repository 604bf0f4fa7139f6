"""Dynamic registration: the platform describes itself, and we describe ourselves to it.

Owns both descriptions. Who may begin it is `grader.service.lti_platforms`'.
"""

import urllib.parse
from collections.abc import Mapping
from typing import Any, Final

from grader import errors
from grader.lti import launch, platforms, service_access, transport

TOOL: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
SCOPES: Final = (
    *(service_access.LINE_ITEMS, service_access.SCORES, service_access.RESULTS),
    service_access.MEMBERSHIPS,
)
CLAIMS: Final = ("iss", "sub", "name", "given_name", "family_name", "email")
NAME: Final = "grader"


def tool(site: str) -> dict[str, Any]:
    """This service, as a platform wants it described."""
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": f"{site}/lti/login",
        "redirect_uris": [f"{site}/lti/launch"],
        "client_name": NAME,
        "jwks_uri": f"{site}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(SCOPES),
        TOOL: {
            "domain": urllib.parse.urlsplit(site).netloc,
            "target_link_uri": f"{site}/lti/launch",
            "claims": list(CLAIMS),
            "messages": [
                {"type": launch.RESOURCE},
                {
                    "type": launch.CHOICE,
                    "target_link_uri": f"{site}/lti/launch",
                    "label": "Choose a homework",
                },
            ],
        },
    }


def registered(
    calls: transport.Transport, site: str, description_url: str, token: str
) -> platforms.Registration:
    """Register with the platform that describes itself at an address.

    Args:
        token: the platform's permission for this one registration; empty where it wants none.

    Raises:
        NotValid: the platform does not describe itself as it must, or refuses.
        Undelivered: it cannot be reached.
    """
    described = _object(calls.call("GET", description_url), "describe itself")
    issuer = _text(described, "issuer")
    if platforms.host_of(issuer) != platforms.host_of(description_url):
        raise errors.NotValid("The LMS describes itself under an address that is not its own.")
    headers = {"Content-Type": "application/json"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    endpoint = _text(described, "registration_endpoint")
    answer = calls.call("POST", endpoint, headers=headers, body=tool(site))
    return _read(described, _object(answer, "register this service"), plain=calls.plain)


def _read(
    described: Mapping[str, Any], answered: Mapping[str, Any], *, plain: bool
) -> platforms.Registration:
    inside = answered.get(TOOL)
    deployment = inside.get("deployment_id") if isinstance(inside, dict) else None
    about = described.get(PLATFORM)
    family = about.get("product_family_code") if isinstance(about, dict) else None
    audience = described.get("authorization_server")
    made = platforms.Registration(
        _text(described, "issuer"),
        _text(answered, "client_id"),
        _text(described, "authorization_endpoint"),
        _text(described, "token_endpoint"),
        _text(described, "jwks_uri"),
        name=f"{family}" if isinstance(family, str) else "",
        token_audience=audience if isinstance(audience, str) else "",
        deployments=(str(deployment),) if isinstance(deployment, str | int) and deployment else (),
    )
    return platforms.checked(made, plain=plain)


def _object(answer: transport.Answer, what: str) -> Mapping[str, Any]:
    document = answer.json() if answer.is_good else None
    if not isinstance(document, dict):
        raise errors.NotValid(f"The LMS does not {what} ({answer.in_words()}).")
    return document


def _text(document: Mapping[str, Any], name: str) -> str:
    found = document.get(name)
    if not isinstance(found, str) or not found:
        raise errors.NotValid(f"The LMS does not say its {name.replace('_', ' ')}.")
    return found
