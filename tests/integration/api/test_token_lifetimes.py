"""A token that ends makes none that lasts longer and is as good."""

import datetime

import pytest

from grader.service import accounts
from tests.support.api_client import Api

UTC = datetime.UTC


@pytest.fixture
def api(store, uploads, course):
    return Api(store, uploads, course)


def issued(api, token, name, **fields):
    """When the new token ends, in days from now; None is never."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = api.client.post(f"/api/users/{name}/tokens", json=fields, headers=headers)
    assert answer.status_code == 201
    ends = answer.json()["expires_at"]
    if ends is None:
        return None
    left = datetime.datetime.fromisoformat(ends) - datetime.datetime.now(UTC)
    return left.total_seconds() / 86400


def short(api, name, days=2):
    return accounts.add_token(api.store, name, days=days)[0]


@pytest.mark.parametrize(("asked", "days"), [(0, 2), (30, 2), (1, 1)])
def test_own_token_ends_with_the_one_that_made_it_at_the_latest(api, asked, days):
    assert issued(api, short(api, "ann"), "ann", days=asked) == pytest.approx(days, abs=0.01)


def test_token_that_never_ends_makes_such_tokens(api):
    assert issued(api, api.tokens["ann"], "ann", days=0) is None
    assert issued(api, api.tokens["ann"], "ann", days=30) == pytest.approx(30, abs=0.01)


def test_instructor_s_students_get_tokens_for_the_term(api):
    assert issued(api, short(api, "eve"), "ann", days=120) == pytest.approx(120, abs=0.01)


def test_administrator_makes_no_lasting_token_of_staff_with_one_that_ends(api):
    accounts.add_user(api.store, "root", "admin")
    assert issued(api, short(api, "root"), "eve") == pytest.approx(2, abs=0.01)
