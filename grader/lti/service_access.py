"""A platform's services as one course of ours uses them: who asks, with which key and right.

Owns this value and the call that bears an access token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grader.lti import connections, keys, platforms, transport

LINE_ITEMS: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCORES: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULTS: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
MEMBERSHIPS: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


@dataclass(frozen=True, slots=True)
class Access:
    """Calls the services of one platform."""

    known: connections.LmsConnections
    platform: platforms.Platform
    key: keys.ToolKey

    def call(
        self,
        method: str,
        url: str,
        scopes: Sequence[str],
        *,
        accept: str = "",
        sent_as: str = "",
        body: object = None,
    ) -> transport.Answer:
        """Ask; a token that the platform no longer takes is replaced once.

        Raises:
            Undelivered: there is no answer, or no right to ask.
        """
        answer = self._once(method, url, scopes, accept, sent_as, body)
        if answer.status == 401:
            self.known.forget(self.platform)
            answer = self._once(method, url, scopes, accept, sent_as, body)
        return answer

    def _once(
        self, method: str, url: str, scopes: Sequence[str], accept: str, sent_as: str, body: object
    ) -> transport.Answer:
        token = self.known.access_token(self.platform, self.key, scopes)
        headers = {"Authorization": f"Bearer {token}"}
        headers |= {"Accept": accept} if accept else {}
        headers |= {"Content-Type": sent_as} if sent_as else {}
        host = platforms.host_of(self.platform.registration.token_url)
        return self.known.calls.call(method, url, host=host, headers=headers, body=body)
