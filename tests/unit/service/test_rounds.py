"""Rounds go on whatever goes wrong in one, until they are cancelled."""

import asyncio
import contextlib

import pytest

from grader import errors
from grader.service import rounds


def logged(caplog, *failures):
    """What is logged of rounds that raise these in turn, and then of one that passes."""
    coming = list(failures)

    async def until_one_passes():
        passed, loop = asyncio.Event(), asyncio.get_running_loop()

        def work():
            if coming:
                raise coming.pop(0)
            loop.call_soon_threadsafe(passed.set)

        going = asyncio.create_task(rounds.every(0, work, "messages wait"))
        await passed.wait()
        going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await going

    asyncio.run(until_one_passes())
    return [
        (one.levelname, one.getMessage())
        for one in caplog.records
        if one.name == "grader.service.rounds"
    ]


@pytest.mark.parametrize(
    "failure", [errors.StoreUnavailable("no database"), OSError("no database")]
)
def test_what_the_machine_lacks_is_said_in_a_line_and_tried_again(caplog, failure):
    assert logged(caplog, failure) == [("WARNING", "messages wait: no database")]


def test_a_mistake_of_ours_ends_no_later_round_and_leaves_its_trace(caplog):
    assert (
        logged(caplog, KeyError("a"), KeyError("b"))
        == [("ERROR", "messages wait, by a mistake of ours")] * 2
    )
    assert all(one.exc_info for one in caplog.records if one.levelname == "ERROR")
