"""A sandbox that does not call in time: the machine's want of processors, or a guest that hangs."""

import contextlib
import types

import pytest

from grader import errors
from grader.rpc import stall_credit
from grader.sandbox import first_contact, policy

PROFILE = policy.Profile("image:1", "numpy", 256 * 2**20)


class Container:
    """One that runs and stays silent."""

    attrs = types.MappingProxyType({"State": {"Running": True}})

    def reload(self):
        """Nothing changes."""


@pytest.mark.parametrize("starved", [True, False])
def test_want_of_processors_is_told_from_a_guest_that_hangs(tmp_path, monkeypatch, starved):
    monkeypatch.setattr(stall_credit.Patience, "is_starved", lambda _: starved)
    monkeypatch.setitem(first_contact.CANARY_DEADLINE_S, "numpy", 0.3)
    with (
        contextlib.closing(first_contact.listen(tmp_path / "run" / "lease")) as listener,
        pytest.raises(errors.SandboxUnavailable) as caught,
    ):
        first_contact.await_canary(listener, Container(), PROFILE)
    assert isinstance(caught.value, errors.MachineBusy) is starved
