"""Requests made up from the OpenAPI document: never a fault of ours, answers as described."""

import json
import uuid

import hypothesis
import pytest
import schemathesis
from schemathesis import checks
from schemathesis.specs.openapi import checks as conformance

from tests.support import fakes_service as fakes
from tests.support.course_client import World

EXAMPLES = 12  # of each route; the whole stays well below a minute
FRAMEWORK = ("Input should", "Field required", "String should", "Value error", "List should")


def plain_words(context, response, case):
    """Nobody reads the words of the framework that looks at requests."""
    is_problem = "problem+json" in " ".join(response.headers.get("content-type", ()))
    said = " ".join(response.json().get("reasons", [])) if is_problem else ""
    assert not [words for words in FRAMEWORK if words in said], said


CHECKS = [
    plain_words,
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
STREAMS = "/events"  # of something being graded they end with it only


@pytest.fixture
def world(store, uploads, course):
    return World(store, uploads, course)


def known(world, name, value):
    """What is there in place of every second made-up name, or nothing would ever be found."""
    if len(str(value)) % 2:
        return value
    return world.parts.get(name, value)


def ask(world, operation):
    """Send an operation's made-up requests; each answer is checked."""

    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def answered(case):
        names = case.path_parameters or {}
        case.path_parameters = {n: known(world, n, value) for n, value in names.items()}
        if "group_id" in names and not operation.path.endswith(STREAMS):
            kind = "batches" if "/batches/" in operation.path else "regrades"
            case.path_parameters["group_id"] = world.groups[kind]
        case.call_and_validate(checks=CHECKS, headers=world.headers("root"))

    answered()


def test_no_request_finds_a_fault_or_an_undescribed_answer(world):
    schema = schemathesis.openapi.from_asgi("/openapi.json", world.client.app)
    faults = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            ask(world, operation)
        except (Exception, BaseExceptionGroup) as exc:  # all of them, not only the first
            several = getattr(exc, "exceptions", [exc])
            faults[operation.label] = " ".join(str(one)[:1000] for one in several)
    assert not faults, "\n\n".join(f"{label}: {text}" for label, text in faults.items())


ODD_ADDRESSES = (
    f"/api/assignments/{'x' * 5000}",
    "/api/assignments/%00",
    "/api/assignments/..%2f..%2fetc",
    "/api/submissions/%00",
    f"/api/submissions/{uuid.UUID(int=0).hex}x/report",
    "/api/users/%00/tokens",
    "/api/audit?before=99999999999999999999999",
    "/api/audit?assignment=%00",
    "/api/roster?after=%00",
    f"/api/assignments/{fakes.SLUG}/submissions?before=%00",
    f"/api/assignments/{fakes.SLUG}/gradebook.csv?column=%00",
)
ODD_BODIES = ("[]", "null", '{"points": 1e400}', '{"points": NaN}', "{")


def test_odd_addresses_and_bodies_are_the_callers_fault(world):
    told = {path: world.get(path, "root").status_code for path in ODD_ADDRESSES}
    assert set(told.values()) <= {200, 404, 422}, told
    path = f"/api/submissions/{world.parts['submission_id']}/marks/2"
    headers = world.headers("root") | {"Content-Type": "application/json"}
    sent = {b: world.client.put(path, content=b, headers=headers) for b in ODD_BODIES}
    assert {body: answer.status_code for body, answer in sent.items()} == dict.fromkeys(sent, 422)
    assert all(json.loads(answer.text)["reasons"] for answer in sent.values())
