"""Strangers are answered before what they send is read, let alone parsed."""

import pytest

from tests.support.api_client import Api, problem


@pytest.fixture
def api(store, uploads, course):
    return Api(store, uploads, course)


@pytest.mark.parametrize("token", [None, "Bearer wrong", "Basic eDp5", "Bearer"])
def test_stranger_is_answered_before_the_body_is_parsed(api, token):
    headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})
    answer = api.client.post("/api/users/ann/tokens", content=b"no json", headers=headers)
    problem(answer, 401)
    assert answer.headers["connection"] == "close"


def test_what_cannot_be_parsed_is_said_to_people_with_a_token_only(api):
    body = {"content": b"no json", "headers": {"Content-Type": "application/json"}}
    assert api.client.post("/api/users/ann/tokens", **body).status_code == 401
    body["headers"] |= api.headers("ann")
    assert api.client.post("/api/users/ann/tokens", **body).status_code == 422


def test_scope_is_checked_before_the_body(api):
    issued = api.client.post(
        "/api/users/ann/tokens", json={"scope": "read"}, headers=api.headers("ann")
    ).json()
    reading = {"Authorization": f"Bearer {issued['token']}", "Content-Type": "application/json"}
    answer = api.client.post("/api/users/ann/tokens", content=b"no json", headers=reading)
    problem(answer, 403)
