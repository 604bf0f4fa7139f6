"""Shared by tests that meet real things: a Docker engine, one embedded PostgreSQL, databases."""

import os
from collections.abc import Iterator

import docker
import pytest

from grader.suite import forkserver
from tests.support.databases import (  # noqa: F401  # pytest's way of fixtures
    another_database,
    course,
    database_url,
    server_url,
    store,
    student,
    uploads,
)


@pytest.fixture(scope="session")
def suites() -> Iterator[forkserver.SuiteTemplate]:
    """The template of suite processes; it imports PyTorch, which takes seconds of a processor."""
    with forkserver.SuiteTemplate() as template:
        yield template


@pytest.fixture(scope="session")
def docker_engine():
    """A running engine; without one the tests skip, except in CI, where they fail."""
    try:
        client = docker.from_env()
        client.ping()
    except docker.errors.DockerException as exc:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Docker engine answers: {exc}")
        pytest.skip(f"no Docker engine answers (run .ci/engine): {exc}")
    return client
