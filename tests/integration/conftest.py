"""Fixtures shared by the tests that meet a real engine."""

import os

import docker
import pytest


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
