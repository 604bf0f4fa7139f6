"""The first two steps of a launch: what the platform asks, and where the browser is sent. Pure.

Owns the fields of both. What is remembered between them is `grader.store.lti_launches`'s.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from grader.lti import platforms
from grader.lti.launch import LaunchRefused

MAX_HINT: Final = 10_000  # Moodle's hint is an object, Canvas' a token


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """A platform's wish to launch.

    Attributes:
        storage: the frame of the platform that keeps values for us; empty where none is offered.
    """

    issuer: str
    client_id: str
    login_hint: str
    message_hint: str
    target: str
    deployment: str
    storage: str

    def fields(self) -> dict[str, str]:
        """The same as a platform sends it."""
        named = {
            "iss": self.issuer,
            "client_id": self.client_id,
            "login_hint": self.login_hint,
            "lti_message_hint": self.message_hint,
            "target_link_uri": self.target,
            "lti_deployment_id": self.deployment,
            "lti_storage_target": self.storage,
        }
        return {name: value for name, value in named.items() if value}


def read(fields: Mapping[str, str]) -> LoginRequest:
    """The request of a platform, sent by GET or POST.

    Raises:
        LaunchRefused: it is none.
    """
    asked = LoginRequest(
        fields.get("iss", ""),
        fields.get("client_id", ""),
        fields.get("login_hint", ""),
        fields.get("lti_message_hint", ""),
        fields.get("target_link_uri", ""),
        fields.get("lti_deployment_id", ""),
        fields.get("lti_storage_target", ""),
    )
    if not (asked.issuer and asked.login_hint and asked.target):
        raise LaunchRefused(
            "This address is for an LMS that opens a homework; it was called without what an LMS "
            "sends. Follow the link in your course."
        )
    if any(len(value) > MAX_HINT for value in asked.fields().values()):
        raise LaunchRefused("What the LMS sent is too long.")
    return asked


def authentication_url(
    registration: platforms.Registration,
    asked: LoginRequest,
    redirect_uri: str,
    state: str,
    nonce: str,
) -> str:
    """Where the browser goes for the platform's word on who is there."""
    fields = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": registration.client_id,
        "redirect_uri": redirect_uri,
        "login_hint": asked.login_hint,
        "state": state,
        "nonce": nonce,
    }
    if asked.message_hint:
        fields["lti_message_hint"] = asked.message_hint
    joint = "&" if urllib.parse.urlsplit(registration.auth_url).query else "?"
    return f"{registration.auth_url}{joint}{urllib.parse.urlencode(fields)}"
