"""Values through a real guest that are large or of an odd dtype: taken, or named in the report."""

import contextlib

import numpy as np
import pytest

from grader.rpc import host, proxy, wire
from grader.suite import WrongAnswer, close, decorators, explain, local_run

SUBMISSION = """
import numpy as np

def ramp(n, dtype="float64"):
    return np.arange(n, dtype=dtype)

def twice(x):
    return 2 * x

def numbers(n):
    return [1.0] * n

"""
MORE_THAN_A_FRAME = wire.MAX_PAYLOAD_BYTES // 8 + 12345


@pytest.fixture(scope="module")
def guest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission")
    (folder / "sizes.py").write_text(SUBMISSION)
    with contextlib.ExitStack() as stack:
        yield local_run.LocalSandboxes(dict(local_run.read_folder(folder)), stack, "numpy").guest()


@pytest.fixture
def student(guest):
    session = guest.open(host.Bounds(60))
    yield proxy.Student(session.ask)
    session.finish()


def test_array_larger_than_a_frame_comes_back_whole(student):
    """78 MiB of float64: a norm of the handout's tensor, computed in double."""
    close(student.sizes.ramp(MORE_THAN_A_FRAME), np.arange(MORE_THAN_A_FRAME, dtype=float))
    assert student.sizes.twice(2) == 4


def test_argument_larger_than_a_frame_arrives_whole(student):
    x = np.arange(MORE_THAN_A_FRAME, dtype=float)
    close(student.sizes.twice(x), 2 * x)


def test_more_than_a_share_of_the_memory_is_said_in_the_student_s_words(guest):
    session = guest.open(host.Bounds(60, data_bytes=300 * wire.MiB))
    try:
        with pytest.raises(host.AnswerTooLarge) as failure:
            proxy.Student(session.ask).sizes.ramp(2 * wire.MAX_PAYLOAD_BYTES // 8)
    finally:
        session.finish()
    told = explain.message_of(failure.value, decorators.Examples())
    assert told.startswith(
        "Your code returned more than can be compared: 134 MB of arrays, of which 79 MB can be "
    )


def test_long_list_is_said_in_the_student_s_words(student):
    with pytest.raises(host.AnswerTooLarge) as failure:
        student.sizes.numbers(540_000)
    told = explain.message_of(failure.value, decorators.Examples())
    assert "4.9 MB of numbers and text outside of arrays, of which 2 MB can be taken" in told
    assert "WireError" not in told
    assert student.sizes.numbers(2) == [1.0, 1.0]


@pytest.mark.parametrize("dtype", [np.longdouble, np.object_], ids=["long-double", "object"])
def test_dtype_that_cannot_be_compared_is_named_with_what_the_test_accepts(student, dtype):
    name = np.dtype(dtype).name
    due = r"expected an array of shape \(3,\) and dtype float64 or float32\."
    with pytest.raises(WrongAnswer, match=rf"\(dtype {name}, shape \(3,\)\).*{due}"):
        close(student.sizes.ramp(3, name), np.arange(3.0))


def test_big_endian_array_is_taken_as_what_it_holds(student):
    close(student.sizes.ramp(3, ">f8"), np.arange(3.0), exact_dtype=True)


def test_bounds_of_a_value_follow_the_memory():
    assert host.Bounds(1, data_bytes=100 * wire.MiB).value_bytes == wire.MAX_PAYLOAD_BYTES
    assert host.Bounds(1, data_bytes=800 * wire.MiB).value_bytes == 200 * wire.MiB
    assert host.Bounds(1, data_bytes=2**40).value_bytes == wire.MAX_VALUE_BYTES
    assert host.Bounds(1).value_bytes == wire.MAX_VALUE_BYTES
