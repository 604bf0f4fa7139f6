"""A launch message's claims, read into values and checked one by one. Pure.

Owns what of a message is required and in which form; signature, audience, times and nonce are
`grader.lti.identity`'s. Platforms leave out what the standard makes optional, and some of what it
does not, so nothing is required that is not used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from grader import errors, models
from grader.lti import roles

CLAIM: Final = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING: Final = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS: Final = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
VERSION: Final = "1.3.0"
RESOURCE: Final = "LtiResourceLinkRequest"
CHOICE: Final = "LtiDeepLinkingRequest"
MAX_ID: Final = 255  # of a subject, a deployment: the standard's bound
MAX_TEXT: Final = 2000


class LaunchRefused(errors.NotAllowed):
    """A launch that is not taken; the message is what the person at the browser reads."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person who launches, as far as the platform tells."""

    id: str
    role: models.Role | None
    name: str = ""
    email: str = ""
    login: str = ""
    sid: str = ""


@dataclass(frozen=True, slots=True)
class OfferedServices:
    """The platform's services for this course and link; empty where it offers none."""

    memberships_url: str = ""
    line_items_url: str = ""
    line_item_url: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DeepLinking:
    """What the platform takes as the answer to a choice.

    Attributes:
        data: what it wants back as it is; None: nothing.
    """

    return_url: str
    accepts_links: bool
    accepts_line_item: bool
    data: object


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch; `choice` is set where the platform asks which homework a link will open."""

    deployment: str
    subject: Subject
    context_id: str
    context_title: str
    link_id: str
    link_title: str
    target: str
    homework: str
    services: OfferedServices
    choice: DeepLinking | None = None


def read(claims: Mapping[str, Any]) -> Launch:
    """The launch that checked claims describe.

    Raises:
        LaunchRefused: a claim is missing or of another form.
    """
    kind = claims.get(f"{CLAIM}message_type")
    if claims.get(f"{CLAIM}version") != VERSION:
        raise LaunchRefused("The LMS does not say that this is LTI 1.3.")
    if kind not in (RESOURCE, CHOICE):
        raise LaunchRefused("The LMS asked for something that this service does not offer.")
    context, link = _object(claims, f"{CLAIM}context"), _object(claims, f"{CLAIM}resource_link")
    launch = Launch(
        deployment=_required(claims, f"{CLAIM}deployment_id", "which deployment it comes from"),
        subject=_subject(claims),
        context_id=_required(context, "id", "which course you came from"),
        context_title=_text(context, "title") or _text(context, "label"),
        link_id="" if kind == CHOICE else _required(link, "id", "which link you followed"),
        link_title=_text(link, "title"),
        target=_text(claims, f"{CLAIM}target_link_uri"),
        homework=_text(_object(claims, f"{CLAIM}custom"), "homework"),
        services=_services(claims),
        choice=_choice(claims) if kind == CHOICE else None,
    )
    if kind == RESOURCE and not launch.target:
        raise LaunchRefused("The LMS does not say which page it wants to open.")
    return launch


def _subject(claims: Mapping[str, Any]) -> Subject:
    given = claims.get(f"{CLAIM}roles")
    if not isinstance(given, list):
        raise LaunchRefused("The LMS does not say which role you have in the course.")
    if not claims.get("sub"):
        raise LaunchRefused("The LMS does not say who you are. Sign in there, then try again.")
    parts = (_text(claims, "given_name"), _text(claims, "family_name"))
    lis, ext = _object(claims, f"{CLAIM}lis"), _object(claims, f"{CLAIM}ext")
    custom = _object(claims, f"{CLAIM}custom")
    return Subject(
        id=_required(claims, "sub", "who you are"),
        role=roles.in_course(given),
        name=_text(claims, "name") or " ".join(part for part in parts if part),
        email=_text(claims, "email").lower(),
        login=_text(ext, "user_username") or _given(custom, "username"),
        sid=_text(lis, "person_sourcedid"),
    )


def _services(claims: Mapping[str, Any]) -> OfferedServices:
    grades, people = _object(claims, AGS), _object(claims, NRPS)
    scopes = grades.get("scope", ())
    return OfferedServices(
        _text(people, "context_memberships_url"),
        _text(grades, "lineitems"),
        _text(grades, "lineitem"),
        tuple(str(one) for one in scopes if isinstance(one, str)),
    )


def _choice(claims: Mapping[str, Any]) -> DeepLinking:
    asked = _object(claims, f"{DEEP_LINKING}deep_linking_settings")
    types = asked.get("accept_types")
    return DeepLinking(
        _required(asked, "deep_link_return_url", "where the choice goes"),
        isinstance(types, list) and "ltiResourceLink" in types,
        asked.get("accept_lineitem") is not False,
        asked.get("data"),
    )


def _given(custom: Mapping[str, Any], name: str) -> str:
    """A custom parameter; one that the platform did not fill in begins with a dollar sign."""
    text = _text(custom, name)
    return "" if text.startswith("$") else text


def _object(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = claims.get(name)
    return found if isinstance(found, dict) else {}


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    text = found if isinstance(found, str) else ""
    return "".join(c for c in text if c.isprintable()).strip()[:MAX_TEXT]


def _required(claims: Mapping[str, Any], name: str, what: str) -> str:
    found = claims.get(name)
    bound = MAX_TEXT if name.endswith("_url") else MAX_ID
    if not isinstance(found, str) or not 0 < len(found) <= bound or not found.isprintable():
        raise LaunchRefused(f"The LMS does not say {what}, or not in a form that can be read.")
    return found
