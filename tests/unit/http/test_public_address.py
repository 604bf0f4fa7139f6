"""The address that people type, in the place of whatever a request says of itself."""

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from grader import errors, settings
from grader.http import public_address


def chosen(url):
    return public_address.chosen(settings.Settings(public_url=url))


@pytest.mark.parametrize(
    ("url", "scheme", "host", "server"),
    [
        ("https://Grader.Example.edu", "https", "grader.example.edu", ("grader.example.edu", 443)),
        ("https://g.example:443/", "https", "g.example", ("g.example", 443)),
        ("http://g.example:8080", "http", "g.example:8080", ("g.example", 8080)),
        ("http://[::1]:8000", "http", "[::1]:8000", ("::1", 8000)),
    ],
)
def test_address_is_read(url, scheme, host, server):
    found = chosen(url)
    assert (found.scheme, found.host, found.server) == (scheme, host, server)


@pytest.mark.parametrize(
    "url",
    [
        *("grader.example.edu", "ftp://g.example", "https://", "https://g.example/grader"),
        *("https://g.example?x", "https://user@g.example", "https://g.example:port", "http://[::1"),
    ],
)
def test_what_is_no_address_of_a_site_is_refused(url):
    with pytest.raises(errors.OperatorError, match="GRADER_PUBLIC_URL"):
        chosen(url)


def test_without_a_setting_the_request_says_its_own():
    assert chosen("") is None
    assert client("").get("/").json() == ["http://testserver/", "http://testserver", False]


def client(url):
    app = FastAPI()

    @app.get("/")
    def address(request: Request):
        own = public_address.own(request)
        return [str(request.url_for("address")), own, public_address.is_replaced(request)]

    return TestClient(public_address.Addressed(app, chosen(url)))


@pytest.mark.parametrize("said", [{}, {"Host": "evil.example"}, {"X-Forwarded-Proto": "http"}])
def test_request_takes_the_public_address_whatever_it_says(said):
    own = "https://grader.example.edu"
    assert client(own).get("/", headers=said).json() == [f"{own}/", own, True]


@pytest.mark.parametrize(
    ("host", "name"), [("g.example:80", "g.example"), ("[::1]:8000", "::1"), ("[::1", ""), ("", "")]
)
def test_host_is_read_without_its_port(host, name):
    scope = {"type": "http", "headers": [(b"host", host.encode())]}
    assert public_address.host_name(Request(scope)) == name
