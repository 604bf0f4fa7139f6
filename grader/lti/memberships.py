"""Names and Role Provisioning Services: everybody in a platform's course.

Owns reading the pages of the list. Who gets which account is `grader.store.lti_people`'s.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from grader import errors
from grader.lti import launch, platforms, roles, service_access, transport

TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_PAGES: Final = 1000
MOST_PEOPLE: Final = 20_000


@dataclass(frozen=True, slots=True)
class CourseMember:
    """Somebody in a platform's course; without a role they have no part in ours."""

    subject: launch.Subject
    is_active: bool


def fetched(access: service_access.Access, url: str) -> list[CourseMember]:
    """Everybody whom the platform lists.

    Raises:
        Undelivered: the list cannot be had, or not whole.
    """
    people: list[CourseMember] = []
    seen: set[str] = set()
    first = platforms.origin(url)
    while url:
        # A platform's token goes to the machine that the platform named first, and to no other.
        if url in seen or len(seen) >= MOST_PAGES or platforms.origin(url) != first:
            raise errors.Undelivered("The pages of the LMS's list of people lead astray.")
        seen.add(url)
        answer = access.call("GET", url, [service_access.MEMBERSHIPS], accept=TYPE)
        if not answer.is_good:
            raise errors.Undelivered(f"The LMS gives no list of people ({answer.in_words()}).")
        document = answer.json()
        people += _members(document)
        if len(people) > MOST_PEOPLE:
            raise errors.Undelivered(f"The LMS lists more than {MOST_PEOPLE} people.")
        url = _next(document, answer)
    return people


def _next(document: Any, answer: transport.Answer) -> str:
    """The address of the following page: in a header or, of some platforms, in the body."""
    named = document.get("next") if isinstance(document, dict) else None
    return answer.next_url or (named if isinstance(named, str) else "")


def _members(document: object) -> Iterator[CourseMember]:
    listed = document.get("members") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise errors.Undelivered("The LMS answered with something else than a list of people.")
    for one in listed:
        if isinstance(one, dict) and (member := _member(one)):
            yield member


def _member(one: Mapping[str, Any]) -> CourseMember | None:
    number = _text(one, "user_id")
    if not 0 < len(number) <= launch.MAX_ID:
        return None
    parts = (_text(one, "given_name"), _text(one, "family_name"))
    given = one.get("roles")
    subject = launch.Subject(
        number,
        roles.in_course(given if isinstance(given, list) else ()),
        _text(one, "name") or " ".join(part for part in parts if part),
        _text(one, "email").lower(),
        _text(one, "ext_user_username"),
        _text(one, "lis_person_sourcedid"),
    )
    # An absent status is that of somebody who is there.
    return CourseMember(subject, (_text(one, "status") or "Active").lower() == "active")


def _text(one: Mapping[str, Any], name: str) -> str:
    found = one.get(name)
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return "".join(c for c in text if c.isprintable()).strip()[: launch.MAX_TEXT]
