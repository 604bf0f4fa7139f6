"""One person's conversation with a service over HTTP: what is asked, and what an answer means.

Owns addresses, headers, retries and the translation of problem details into our errors. Does not
own what is sent (`client.homework`) nor how anything is shown. A 503 or a lost connection is tried
again for half a minute; a 429 is not, because its answer says when.

Raises everywhere:
    NotAllowed: no token, or not one for this.
    NotFound, Conflict, NotValid: what the service says.
    OperatorError: the service cannot be reached or is at fault.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from grader import errors
from grader.client import credentials, event_lines

PATIENCE_S = 30.0
CONNECT_S, READ_S = 10.0, 60.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
TRIED_AGAIN = frozenset({502, 503, 504})
REDIRECTS = range(300, 400)
REFUSALS = frozenset({413, 415, 422, 429})  # of an upload
_ERRORS: dict[int, type[errors.GraderError]] = {
    401: errors.NotAllowed,
    403: errors.NotAllowed,
    404: errors.NotFound,
    409: errors.Conflict,
    422: errors.NotValid,
}

Json = dict[str, Any]


class Connection:
    """A client of one service. Close it, or use it as a context manager.

    Args:
        transport: in the place of the network, for tests.
    """

    def __init__(
        self, login: credentials.Login, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.url = login.url
        headers = {"Authorization": f"Bearer {login.token}"} if login.token else {}
        self._http = httpx.Client(
            base_url=login.url,
            headers=headers,
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            transport=transport,
        )

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Json:
        """The JSON at a path."""
        return _json(self._sent(lambda: self._http.get(path, params=query)))

    def text(self, path: str, **query: Any) -> str:
        """The text at a path: JUnit XML, for example."""
        return self._sent(lambda: self._http.get(path, params=query)).text

    def content(self, path: str) -> bytes:
        """The bytes at a path."""
        return self._sent(lambda: self._http.get(path)).content

    def post(self, path: str, body: Json) -> Json:
        """What comes of a JSON body."""
        return _json(self._sent(lambda: self._http.post(path, json=body)))

    def put(self, path: str, body: Json) -> Json:
        """What comes of a JSON body."""
        return _json(self._sent(lambda: self._http.put(path, json=body)))

    def patch(self, path: str, body: Json) -> Json:
        """What an address answers to a change."""
        return _json(self._sent(lambda: self._http.patch(path, json=body)))

    def delete(self, path: str, **query: Any) -> Json:
        """Delete what is at a path; what the service says of it, if anything."""
        answer = self._sent(lambda: self._http.delete(path, params=query))
        return _json(answer) if answer.content else {}

    def upload(self, path: str, part: Callable[[], Any], key: str) -> Json:
        """Send a file; the same `key` makes it count once, however often it is sent.

        Args:
            part: makes the multipart part `file` again for each try.
        """
        headers = {"Idempotency-Key": key}
        send = self._http.post
        return _json(self._sent(lambda: send(path, files={"file": part()}, headers=headers)))

    def send_file(self, path: str, name: str, content: bytes, **query: str) -> Json:
        """Send a file that may be sent again without harm."""
        send = self._http.post
        part = {"file": (name, content)}
        return _json(self._sent(lambda: send(path, files=part, params=query)))

    def events(self, path: str) -> Iterator[event_lines.ServerEvent]:
        """Server-sent events until the service ends them; goes on after a lost connection."""
        last, deadline = 0, time.monotonic() + PATIENCE_S
        while True:
            try:
                headers = {"Last-Event-ID": str(last)} if last else {}
                with self._http.stream("GET", path, headers=headers) as answer:
                    if answer.status_code not in TRIED_AGAIN:
                        _check(answer)
                        for event in event_lines.read(answer.iter_lines()):
                            last = event.id or last
                            deadline = time.monotonic() + PATIENCE_S
                            yield event
                        return
            except httpx.TransportError as exc:
                if time.monotonic() > deadline:
                    raise self._unreachable(exc) from exc
            time.sleep(FIRST_PAUSE_S)

    def _sent(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer, after as many tries as patience allows."""
        deadline, pause = time.monotonic() + PATIENCE_S, FIRST_PAUSE_S
        while True:
            is_last = time.monotonic() + pause > deadline
            try:
                answer = send()
                if answer.status_code not in TRIED_AGAIN or is_last:
                    return _check(answer)
            except (httpx.ConnectError, httpx.InvalidURL, httpx.UnsupportedProtocol) as exc:
                raise self._unreachable(exc) from exc  # a wrong address stays wrong
            except httpx.TransportError as exc:
                if is_last:
                    raise self._unreachable(exc) from exc
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _unreachable(self, exc: Exception) -> errors.OperatorError:
        return errors.OperatorError(
            f"{self.url} cannot be reached ({str(exc) or type(exc).__name__}). Check the address "
            "and your connection, then try again."
        )


def _check(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a good one."""
    if answer.status_code in REDIRECTS:
        raise errors.OperatorError(
            f"{answer.url.host} answers from another address, {answer.headers.get('location')}; "
            "log in with that one: grader login ADDRESS"
        )
    if answer.is_error:
        answer.read()
        raise _error(answer)
    return answer


def _error(answer: httpx.Response) -> errors.GraderError:
    problem = _problem(answer)
    detail = str(problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}")
    listed = [str(reason) for reason in problem.get("reasons") or ()]
    reasons = [reason for reason in listed if reason != detail]
    sent = answer.request.headers.get("content-type", "")
    if answer.status_code in REFUSALS and sent.startswith("multipart/"):
        return errors.UploadRefused(reasons or detail)
    if answer.status_code == 401:
        detail = f"{detail} Log in again with `grader login {_origin(answer.url)}`."
    if answer.status_code == 409:
        return errors.Conflict(" ".join([detail, *reasons]), **_facts(problem))
    kind = _ERRORS.get(answer.status_code, errors.OperatorError)
    return kind(" ".join([detail, *reasons]))


def _facts(problem: Json) -> Json:
    known = ("type", "title", "status", "detail", "instance")
    return {name: value for name, value in problem.items() if name not in known}


def _problem(answer: httpx.Response) -> Json:
    """What the service says is wrong; a proxy's page in HTML says nothing."""
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _json(answer: httpx.Response) -> Json:
    try:
        said = answer.json()
    except ValueError as exc:
        raise errors.OperatorError(
            f"{_origin(answer.url)} does not answer as a grader does; check the address."
        ) from exc
    if not isinstance(said, dict):
        raise errors.OperatorError(f"{_origin(answer.url)} answered no JSON object.")
    return said


def _origin(url: httpx.URL) -> str:
    return f"{url.scheme}://{url.netloc.decode()}"
