"""Strict comparison: what a lazy comparison lets through must fail here."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.rpc import proxy, values
from grader.suite.compare import WrongAnswer, close, close_to_any, differ, relative_error

WANT = np.arange(6.0).reshape(2, 3) + 0.5


def test_equal_arrays_pass():
    close(WANT.copy(), WANT)


@pytest.mark.parametrize(
    "got",
    [
        np.empty(0),
        np.empty((0, 3)),
        np.full((2, 3), np.nan),
        np.full((2, 3), np.inf),
        np.zeros((2, 3)),
        np.float64(0.5),
        0.5,
        None,
        [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]],
        (WANT,),
        WANT[:, :, None],
        WANT.T,
        WANT[:1],
        WANT.astype(complex),
        WANT.astype(int),
        WANT > 0,
        np.ma.masked_array(WANT, mask=True),
        np.matrix(WANT),
        "text",
    ],
    ids=lambda value: f"{type(value).__name__}{getattr(value, 'shape', '')}",
)
def test_answer_of_the_wrong_kind_is_wrong(got):
    with pytest.raises(WrongAnswer):
        close(got, WANT)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_object_that_equals_everything_is_wrong():
    class Liar:
        __array_priority__ = 100.0

        def __eq__(self, other):
            return True

        def __array__(self, *_args, **_kwargs):
            return WANT

    with pytest.raises(WrongAnswer, match="expected an array of shape"):
        close(Liar(), WANT)


def test_float32_solution_of_a_float64_question_passes():
    close((WANT @ WANT.T).astype(np.float32), WANT @ WANT.T)


def test_float64_answer_off_by_a_hundred_thousandth_is_wrong():
    with pytest.raises(WrongAnswer, match="Relative error 1"):
        close(WANT * (1 + 1e-5), WANT)


def test_single_wrong_element_among_many_is_wrong_and_named():
    want = np.ones(100_000)
    got = want.copy()
    got[777] += 1e-4
    with pytest.raises(WrongAnswer, match=r"index \[777\]"):
        close(got, want)


def test_array_with_one_number_is_told_to_return_the_number():
    with pytest.raises(WrongAnswer) as failure:
        close(np.array([2.5]), np.float64(2.5), name="the loss")
    assert str(failure.value) == (
        "the loss: got an array with one number, shape (1,); return the number itself."
    )
    with pytest.raises(
        WrongAnswer, match=r"got a tensor with one number.*without axes, shape \(\)"
    ):
        close(torch.ones(1, 1), torch.tensor(1.0))
    with pytest.raises(WrongAnswer, match=r"got shape \(3,\), expected a single number"):
        close(np.ones(3), 1.0)


@pytest.mark.parametrize(
    "value",
    [
        np.ma.masked_array(WANT),
        np.asmatrix(WANT),
        proxy.Remote(lambda *_: None, values.Handle(1, values.type_name(np.asmatrix(WANT)))),
    ],
)
def test_matrix_and_masked_array_are_told_how_to_become_an_array(value):
    with pytest.raises(WrongAnswer, match=r"float32\. Return np\.asarray\(\.\.\.\) of it\.$"):
        close(value, WANT)


def test_what_is_no_array_is_not_told_of_asarray():
    for value in (None, "text", proxy.Remote(lambda *_: None, values.Handle(1, "layers.Mine"))):
        with pytest.raises(WrongAnswer) as failure:
            close(value, WANT)
        assert "asarray" not in str(failure.value)


def test_tiny_difference_from_zero_passes_by_the_absolute_term():
    close(np.full(3, 1e-12), np.zeros(3))


def test_number_where_a_number_is_due_passes():
    close(2.5, np.float64(2.5))
    close(np.float32(2.5), 2.5)


def test_array_where_a_number_is_due_is_wrong():
    with pytest.raises(WrongAnswer, match=r"shape \(1,\)"):
        close(np.array([2.5]), 2.5)


def test_exact_comparison_finds_the_smallest_difference():
    close(WANT.copy(), WANT, exact=True)
    with pytest.raises(WrongAnswer):
        close(np.nextafter(WANT, 9), WANT, exact=True)


@pytest.mark.parametrize("exact", [True, False])
def test_nan_is_right_only_where_the_test_says_so(exact):
    want = np.array([1.0, np.nan])
    close(want.copy(), want, exact=exact, equal_nan=True)
    with pytest.raises(WrongAnswer, match=r"expected nan at index \[1\] \(NaN equals nothing\)"):
        close(want.copy(), want, exact=exact)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    ("got", "want"),
    [
        ([np.nan, 99.0], [-np.inf, 2.0]),
        ([-np.inf, 99.0], [-np.inf, 2.0]),
        ([np.inf, 2.0], [-np.inf, 2.0]),
        ([-np.inf, -np.inf], [-np.inf, 2.0]),
        ([5.0, 99.0], [np.nan, 2.0]),
        ([5.0, 2.0], [np.nan, 2.0]),
        ([np.nan, 99.0], [np.nan, 2.0]),
        ([1.7e308, 2.0], [np.inf, 2.0]),
        ([1.7e308, 2.0], [-1.7e308, 2.0]),
    ],
)
def test_value_that_is_not_finite_lets_no_wrong_element_through(got, want, exact):
    """A log-softmax with one -inf let 99 in every other place pass."""
    for equal_nan in (True, False):
        with pytest.raises(WrongAnswer):
            close(np.array(got), np.array(want), exact=exact, equal_nan=equal_nan)
        with pytest.raises(WrongAnswer):
            close(
                torch.tensor(got, dtype=torch.float64),
                torch.tensor(want, dtype=torch.float64),
                exact=exact,
                equal_nan=equal_nan,
            )


@pytest.mark.parametrize(
    ("got", "want"), [(5.0, np.nan), (-np.inf, np.inf), (np.nan, np.inf), (5.0, np.inf)]
)
def test_number_that_is_not_finite_equals_only_itself(got, want):
    with pytest.raises(WrongAnswer):
        close(got, want)
    close(np.inf, np.inf)
    close(complex(0, -np.inf), np.complex128(complex(0, -np.inf)))


def test_rest_beside_an_infinity_is_compared_as_usual():
    want = np.array([-np.inf, 1.0, 2.0])
    close(want * (1 + 1e-9), want)
    with pytest.raises(WrongAnswer, match=r"Relative error"):
        close(np.array([-np.inf, 1.0, 2.001]), want)


def test_integers_are_compared_to_the_last_bit():
    want = np.array([2**62, 1])
    with pytest.raises(WrongAnswer):
        close(want + np.array([1, 0]), want)


# ---- results that must not be the same ---------------------------------------------------------


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor])
def test_results_that_differ_do_so_by_numbers(kind):
    differ(kind([1.0, 2.0]), kind([1.0, 2.001]), "They are the same.")
    with pytest.raises(WrongAnswer, match=r"^They are the same\.$"):
        differ(kind([1.0, 2.0]), kind([1.0, 2.00001]), "They are the same.")
    differ(1.0, 1.001, "They are the same.")


@pytest.mark.parametrize("got", [WANT, WANT[::-1]])
def test_one_of_several_answers_will_do(got):
    close_to_any(got, [WANT, WANT[::-1]])


def test_what_is_none_of_them_is_compared_with_the_first():
    with pytest.raises(WrongAnswer) as caught:
        close_to_any(WANT + 1, [WANT, WANT[::-1]], name="out")
    with pytest.raises(WrongAnswer) as first:
        close(WANT + 1, WANT, name="out")
    assert str(caught.value) == str(first.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_number_that_is_not_finite_is_no_difference(bad):
    with pytest.raises(WrongAnswer, match=r"at index \[1\]"):
        differ(np.array([1.0, bad]), np.array([1.0, 2.0]), "They are the same.")
    with pytest.raises(WrongAnswer, match="shapes"):
        differ(np.ones(2), np.ones(3), "They are the same.")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_relative_error_of_what_is_not_finite_is_infinite(bad):
    assert relative_error(np.array([1.0, bad]), np.array([1.0, bad])) == np.inf
    assert relative_error(1.0, bad) == np.inf


def test_relative_error_of_large_numbers_does_not_overflow():
    assert relative_error(np.full(3, 1e300), np.full(3, 2e300)) == pytest.approx(0.5)


def test_message_names_the_value_and_both_shapes():
    with pytest.raises(WrongAnswer, match=r"dw: got shape \(3, 2\), expected \(2, 3\)\."):
        close(WANT.T, WANT, name="dw")


@given(st.integers(1, 50), st.floats(1e-3, 1e3))
@settings(deadline=None)
def test_relative_error_is_symmetric_and_scale_free(size, scale):
    generator = np.random.default_rng(size)
    a, b = generator.standard_normal((2, size))
    assert relative_error(a, b) == pytest.approx(relative_error(b, a))
    assert relative_error(a * scale, b * scale) == pytest.approx(relative_error(a, b))


def test_relative_error_of_two_zeros_is_zero():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0.0


# ---- tensors -----------------------------------------------------------------------------------

TENSOR = torch.arange(6.0).reshape(2, 3) + 0.5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_equal_tensors_of_any_float_pass(dtype):
    close(TENSOR.to(dtype), TENSOR)


@pytest.mark.parametrize(
    "got",
    [
        TENSOR.numpy(),
        TENSOR.T,
        TENSOR + 0.1,
        TENSOR.long(),
        TENSOR * float("nan"),
        torch.empty(0),
        0.5,
        None,
        [TENSOR],
    ],
    ids=lambda value: f"{type(value).__name__}{tuple(getattr(value, 'shape', ''))}",
)
def test_answer_that_is_not_that_tensor_is_wrong(got):
    with pytest.raises(WrongAnswer):
        close(got, TENSOR)


def test_tensor_in_the_place_of_an_array_is_named():
    with pytest.raises(WrongAnswer, match=r"a torch\.Tensor of shape \(2, 3\), expected an array"):
        close(TENSOR, TENSOR.numpy())


@pytest.mark.parametrize("got", [1.5, np.float32(1.5), torch.tensor(1.5)])
def test_number_and_scalar_tensor_stand_for_each_other(got):
    close(got, torch.tensor(1.5))
    close(got, 1.5)


# ---- precision ---------------------------------------------------------------------------------

GENERATOR = np.random.default_rng(19)
NUMBERS = GENERATOR.standard_normal((20, 30))
SINGLE = NUMBERS.astype(np.float32)


def tensor_or_array(value, kind):
    return torch.from_numpy(value) if kind == "torch" else value


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("wanted", [np.float64, np.float32])
def test_half_precision_answer_chooses_no_coarse_tolerance(kind, wanted):
    got, want = NUMBERS.astype(np.float16), NUMBERS.astype(wanted)
    got, want = tensor_or_array(got, kind), tensor_or_array(want, kind)
    with pytest.raises(WrongAnswer, match=r"Got dtype float16; this test accepts float64 or float"):
        close(got, want)
    close(got, want, half=True)


@pytest.mark.parametrize("off", [1e-3, 4e-3])
def test_answer_off_by_a_part_in_a_thousand_is_wrong_in_any_type(off):
    for dtype in (np.float16, np.float32, np.float64):
        with pytest.raises(WrongAnswer):
            close((NUMBERS * (1 + off)).astype(dtype), NUMBERS)


def test_half_precision_is_enough_where_it_is_expected():
    for dtype in (torch.float16, torch.bfloat16):
        want = torch.from_numpy(NUMBERS).to(dtype)
        close(want * (1 + 2**-8), want)
        with pytest.raises(WrongAnswer):
            close(want * 1.2, want)


def test_bfloat16_is_named_with_what_the_test_accepts():
    want = torch.from_numpy(SINGLE)
    with pytest.raises(
        WrongAnswer, match=r"Got dtype bfloat16; this test accepts float64 or float32\."
    ):
        close(want.bfloat16(), want)
    close(want.bfloat16(), want, half=True)
    with pytest.raises(WrongAnswer, match=r"accepts float64 or float32 or float16 or bfloat16"):
        close(1.1 * want.bfloat16(), want, half=True)


def test_values_of_float32_in_float64_meet_the_tolerance_of_float32():
    """A student who casts at the end computed no worse than one who does not."""
    got, want = (SINGLE @ SINGLE.T).astype(np.float64), NUMBERS @ NUMBERS.T
    assert relative_error(got, want) > 1e-8
    close(got * 1.0, want)
    close(torch.from_numpy(got), torch.from_numpy(want))
    close((SINGLE + 1j * SINGLE).astype(complex), NUMBERS + 1j * NUMBERS)
    close(float(np.float32(np.pi * (1 + 3e-6))), np.pi)
    for insisting in ({"rtol": 1e-9}, {"exact_dtype": True}, {"any_float": False}):
        with pytest.raises(WrongAnswer):
            close(float(np.float32(np.pi * (1 + 3e-6))), np.pi, **insisting)


def test_one_step_in_float32_and_the_next_in_float64_is_precise_enough():
    """Bits below single precision are there again: nothing but the error tells."""
    got, want = np.cumsum(SINGLE.ravel()).astype(np.float64) / 3, np.cumsum(NUMBERS.ravel()) / 3
    assert relative_error(got, want) > 1e-7
    close(got, want)
    close(torch.from_numpy(got), torch.from_numpy(want))
    for insisting in ({"rtol": 1e-9}, {"exact_dtype": True}):
        with pytest.raises(WrongAnswer):
            close(got, want, **insisting)


def test_round_number_in_float64_shows_no_single_precision():
    """Zeros and ones fit into every type; they choose no tolerance."""
    for got, want in ((0.0, 4e-6), (1.0, 1 + 1e-5), (2.5, 2.5001)):
        with pytest.raises(WrongAnswer):
            close(np.full(3, got), np.full(3, want))


def test_error_of_single_precision_is_called_so_and_seen_in_the_digits():
    with pytest.raises(WrongAnswer) as failure:
        close(9.9073491, 9.9073512, rtol=1e-9)
    assert "got 9.9073491, expected 9.9073512" in str(failure.value)
    assert "This looks like single precision (float32); the test needs float64." in str(
        failure.value
    )


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (0.1 + 0.2, 0.3),
        (np.float32(0.1), 0.1),
        (1234567, 1234568),
        (1 + 1e-9j, 1 + 2e-9j),
        (np.array([1.0, 0.1 + 0.2]), np.array([1.0, 0.3])),
        (np.array([1e-20, 1.0]), np.array([2e-20, 1.0])),
        (np.full(40, 0.1 + 0.2), np.full(40, 0.3)),
    ],
)
def test_different_numbers_are_never_printed_alike(got, want):
    with pytest.raises(WrongAnswer) as failure:
        close(got, want, exact=True)
    found = re.match(r"the result: got (.*), expected (.*?)( at index.*)?\.$", str(failure.value))
    assert found is not None
    assert found[1] != found[2]


# ---- integers and floats -----------------------------------------------------------------------

COUNTS = np.arange(12).reshape(3, 4)


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (0, 0.0),
        (np.int64(3), 3.0),
        (3, torch.tensor(3.0)),
        (2**70, 2.0**70),
        (COUNTS, COUNTS.astype(float)),
        (torch.from_numpy(COUNTS), torch.from_numpy(COUNTS).float()),
        (COUNTS.astype(float), COUNTS),
        (COUNTS.astype(np.float32), COUNTS),
        (torch.from_numpy(COUNTS).double(), torch.from_numpy(COUNTS)),
        (np.floor(7 / 2), 3),
        (3.0, 3),
    ],
    ids=str,
)
@pytest.mark.parametrize("exact", [True, False])
def test_whole_number_is_right_as_integer_and_as_float(got, want, exact):
    close(got, want, exact=exact)
    with pytest.raises(WrongAnswer, match=r"got dtype (float|int)\d*, expected (float|int)\d+\."):
        close(got, want, exact_dtype=True)


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        (COUNTS, COUNTS + 0.5, r"Got dtype int64, expected float64\."),
        (0, 0.3, r"Got dtype int64, expected float64\."),
        (3.5, 3, r"got dtype float64, expected int64, and not all of it whole numbers\."),
        (np.nan, 3, r"got dtype float64, expected int64"),
        (np.inf, 3, r"got dtype float64, expected int64"),
        (3.0000000001, 3, r"got dtype float64, expected int64"),
        (4.0, 3, r"got 4, expected 3\..* Got dtype float64, expected int64\."),
        (1e8, 10**8 + 1, r"got 1e.08, expected 100000001"),
        (True, 1, "got dtype bool, expected int64"),
        (1, True, "got dtype int64, expected bool"),
        (1.0, 1j, "got dtype float64, expected complex128"),
        (np.array(["1"]), np.array([1]), "got dtype str32, expected int64"),
        (10**400, 1.0, "got inf, expected 1"),
    ],
)
def test_message_about_kinds_names_both(got, want, words):
    with pytest.raises(WrongAnswer, match=words):
        close(got, want)


@given(st.lists(st.integers(-(2**53), 2**53), min_size=1, max_size=5))
@settings(deadline=None)
def test_integers_and_their_floats_are_one(numbers):
    whole = np.array(numbers)
    close(whole, whole.astype(float))
    close(whole.astype(float), whole)
