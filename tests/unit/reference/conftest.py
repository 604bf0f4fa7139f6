"""What all tests of the references share: the same random numbers each time."""

import sys

import pytest


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    """PyTorch's generator as it is at its beginning, where a test uses PyTorch."""
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
