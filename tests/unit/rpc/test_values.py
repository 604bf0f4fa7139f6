"""The value codec: what goes in comes out, and nothing hostile gets through."""

import contextlib
import math
import struct

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.rpc import tensors, values, wire
from grader.rpc.values import Tag

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**4000), 2**4000)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
)
KEYS = st.text(max_size=5) | st.integers(-(2**60), 2**60)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=12,
)
ARRAYS = st.sampled_from(sorted(values.DTYPES)).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)


def no_handles(value: object) -> values.Handle:
    raise TypeError(type(value))


def across(value: object) -> object:
    """The value after a trip through real frame bytes."""
    packer = values.Packer(no_handles)
    reply = wire.Return(1, packer.pack(value))
    whole = wire.FrameReader().feed(b"".join(wire.frame(reply, packer.payload)))
    assert whole is not None
    message, payload = whole
    assert isinstance(message, wire.Return)
    return values.Unpacker(payload, lambda handle: handle).unpack(message.value)


def decode(encoded: object, payload: bytes = b"") -> object:
    return values.Unpacker(memoryview(payload), lambda handle: handle).unpack(arrived(encoded))


def arrived(encoded: object) -> object:
    """As the wire hands it over: tags are plain numbers."""
    if isinstance(encoded, Tag):
        return int(encoded)
    return [arrived(item) for item in encoded] if isinstance(encoded, list) else encoded


@pytest.mark.parametrize("tag", [True, 1.0, -1, 99, None, "1", 2**70])
def test_tag_that_is_no_small_number_is_a_protocol_violation(tag: object) -> None:
    with pytest.raises(wire.ProtocolViolation):
        values.Unpacker(memoryview(b""), lambda handle: handle).unpack([tag, 5])


@given(PLAIN)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_plain_values_arrive_equal_and_of_the_same_type(value):
    got = across(value)
    assert got == value
    assert type(got) is type(value)


@given(ARRAYS)
@settings(max_examples=200, deadline=None)
def test_arrays_arrive_equal_fresh_and_writable(value):
    got = across(value)
    assert type(got) is np.ndarray
    assert (got.dtype, got.shape) == (value.dtype, value.shape)
    assert got.tobytes() == np.ascontiguousarray(value).tobytes()
    assert got.flags.writeable
    assert got.flags.c_contiguous


def test_strided_view_arrives_as_its_elements():
    base = np.arange(24.0).reshape(4, 6)
    assert np.array_equal(across(base[::2, ::-1]), base[::2, ::-1])


def test_numpy_scalar_keeps_its_dtype():
    got = across(np.float32(1.5))
    assert (type(got), got) == (np.float32, np.float32(1.5))


@pytest.mark.parametrize(
    "value",
    [
        np.matrix([[1.0]]),
        np.ma.masked_array([1.0], mask=[True]),
        np.array([object()]),
        np.array(["text"]),
        np.zeros(2, dtype="f8,i4"),
        np.array([1.0], dtype=np.longdouble),
        np.broadcast_to(1.0, (10**6, 10**6)),
        type("Lie", (float,), {"__eq__": lambda *_: True})(1.0),
        {(1, 2): 3},
        object(),
    ],
    ids=[
        "matrix",
        "masked",
        "object",
        "text",
        "record",
        "long-double",
        "view-of-no-memory",
        "float-lie",
        "key",
        "object",
    ],
)
def test_value_without_an_honest_encoding_becomes_a_handle(value):
    packer = values.Packer(lambda held: values.Handle(7, type(held).__name__))
    assert packer.pack(value)[:2] == [Tag.HANDLE, 7]


@given(hnp.arrays(st.sampled_from([">f8", ">i4", ">c16", ">u2"]), hnp.array_shapes(min_side=0)))
@settings(deadline=None)
def test_big_endian_numbers_arrive_in_the_order_of_the_host(value):
    got = across(value)
    assert got.dtype == value.dtype.newbyteorder("=")
    assert got.tobytes() == value.astype(got.dtype).tobytes()


def test_cycle_is_refused_by_depth():
    loop: list = []
    loop.append(loop)
    with pytest.raises(wire.WireError, match="deep"):
        values.Packer(no_handles).pack(loop)


HOSTILE = {
    "negative dimension": ([Tag.ARRAY, "float64", [-1]], 8),
    "minus two": ([Tag.ARRAY, "float64", [-2, -4]], 64),
    "dimension 2^63": ([Tag.ARRAY, "float64", [2**63 - 1]], 8),
    "product overflows": ([Tag.ARRAY, "uint8", [2**40, 2**40]], 8),
    "33 dimensions": ([Tag.ARRAY, "uint8", [1] * 33], 1),
    "one byte short": ([Tag.ARRAY, "float64", [2]], 15),
    "one byte over": ([Tag.ARRAY, "float64", [2]], 17),
    "object dtype": ([Tag.ARRAY, "O", [1]], 8),
    "record dtype": ([Tag.ARRAY, "f8,O", [1]], 16),
    "text dtype": ([Tag.ARRAY, "U1", [1]], 4),
    "time dtype": ([Tag.ARRAY, "M8", [1]], 8),
    "void dtype": ([Tag.ARRAY, "V2147483648", [1]], 8),
    "big endian": ([Tag.ARRAY, ">f8", [1]], 8),
    "bool dimension": ([Tag.ARRAY, "uint8", [True]], 1),
    "float dimension": ([Tag.ARRAY, "uint8", [1.0]], 1),
    "shape is a number": ([Tag.ARRAY, "uint8", 1], 1),
    "no tag": ([], 0),
    "unknown tag": ([99], 0),
    "text as tag": (["x"], 0),
    "dict": ({"a": 1}, 0),
    "bytes": (b"x", 0),
    "odd dict": ([Tag.DICT, "a"], 0),
    "key twice": ([Tag.DICT, "a", 1, "a", 2], 0),
    "key is a list": ([Tag.DICT, [Tag.LIST], 1], 0),
    "set of lists": ([Tag.SET, [Tag.LIST]], 0),
    "huge integer": ([Tag.BIG_INT, "0x" + "f" * 10_000], 0),
    "integer is text": ([Tag.BIG_INT, "0xzz"], 0),
    "complex of text": ([Tag.COMPLEX, "1", "2"], 0),
    "negative bytes": ([Tag.BYTES, -1], 0),
    "too many bytes": ([Tag.BYTES, 10], 5),
    "handle by text": ([Tag.HANDLE, "1", "x"], 0),
    "negative handle": ([Tag.HANDLE, -1, "x"], 0),
    "left over payload": (None, 3),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_value_is_a_protocol_violation(case):
    encoded, size = HOSTILE[case]
    with pytest.raises(wire.ProtocolViolation):
        decode(encoded, b"\1" * size)


def test_nesting_beyond_the_bound_is_a_protocol_violation():
    nested: object = None
    for _ in range(values.MAX_DEPTH + 2):
        nested = [Tag.LIST, nested]
    with pytest.raises(wire.ProtocolViolation, match="deep"):
        decode(nested)


def test_odd_bool_bytes_become_plain_bools():
    got = decode([Tag.ARRAY, "bool", [3]], b"\0\1\7")
    assert got.view(np.uint8).tolist() == [0, 1, 1]


ENCODED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 2**63 - 1)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from([*values.DTYPES, "O", "0x1"]),
    lambda inner: st.lists(inner | st.sampled_from([int(t) for t in Tag]), max_size=5),
    max_leaves=15,
)


@given(ENCODED, st.binary(max_size=64))
@settings(max_examples=500, deadline=None)
def test_any_encoded_form_decodes_or_is_a_protocol_violation(encoded, payload):
    with contextlib.suppress(wire.ProtocolViolation):
        decode(encoded, payload)


@given(st.binary(max_size=200))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_a_message_or_a_protocol_violation(body):
    reader = wire.FrameReader()
    with contextlib.suppress(wire.ProtocolViolation):
        whole = reader.feed(struct.pack("!II", max(len(body), 1), 0) + (body or b"\0"))
        assert whole is not None
        message, payload = whole
        values.Unpacker(payload, lambda handle: handle).unpack(getattr(message, "value", None))


@pytest.mark.parametrize(
    ("control", "payload"),
    [(0, 0), (0xFFFFFFFF, 0), (wire.MAX_CONTROL_BYTES + 1, 0), (10, wire.MAX_PAYLOAD_BYTES + 1)],
)
def test_announced_length_beyond_its_bound_is_refused_before_the_body(control, payload):
    with pytest.raises(wire.ProtocolViolation):
        wire.FrameReader().feed(struct.pack("!II", control, payload))


def test_deep_msgpack_nesting_is_a_protocol_violation():
    body = b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(wire.ProtocolViolation):
        wire.FrameReader().feed(struct.pack("!II", len(body), 0) + body)


def test_more_bytes_than_one_frame_are_a_protocol_violation():
    (frame,) = wire.frame(wire.Done())
    with pytest.raises(wire.ProtocolViolation, match="more bytes"):
        wire.FrameReader().feed(frame + b"x")


def test_value_larger_than_a_frame_is_refused_by_the_sender():
    packer = values.Packer(no_handles)
    encoded = packer.pack(np.zeros(wire.MAX_PAYLOAD_BYTES // 8 + 1))
    with pytest.raises(wire.WireError, match="67 MB can be taken at once"):
        wire.frame(wire.Return(1, encoded), packer.payload)


# ---- parts -------------------------------------------------------------------------------------


def received(buffers, most=wire.MAX_VALUE_BYTES):
    """The message that frames make up, as a receiver puts it together from any stream of bytes."""
    stream, parts = memoryview(b"".join(buffers)), wire.PayloadParts(most)
    while True:
        reader, whole = wire.FrameReader(), None
        while whole is None:
            room = reader.room
            if room == wire.READ_AHEAD_BYTES:  # one frame at a time, as the sender waits for none
                room = wire.HEADER.size
            data, stream = stream[:room], stream[room:]
            whole = reader.feed(data)
        message, payload = whole
        if not isinstance(message, wire.PayloadPart):
            assert not stream
            return message, parts.whole(payload)
        parts.add(payload)


@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(1, 40))
@settings(deadline=None)
def test_payload_of_any_size_arrives_whole_whatever_a_frame_holds(chunks, frame_bytes):
    reply = wire.Return(7, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "MAX_PAYLOAD_BYTES", frame_bytes)
        buffers = wire.frames(reply, chunks)
        assert received(buffers) == (reply, b"".join(chunks))


def test_array_larger_than_a_frame_arrives_in_parts():
    value = np.arange(wire.MAX_PAYLOAD_BYTES // 8 + 1000, dtype=np.float64)
    packer = values.Packer(no_handles)
    reply = wire.Return(1, packer.pack((value, 3)))
    message, payload = received(wire.frames(reply, packer.payload))
    assert isinstance(message, wire.Return)
    got, three = values.Unpacker(payload, lambda handle: handle).unpack(message.value)
    assert np.array_equal(got, value)
    assert three == 3


def test_sender_refuses_more_than_all_parts_may_have():
    with pytest.raises(wire.WireError, match="0 MB of arrays, of which 0 MB can be taken"):
        wire.frames(wire.Return(1, None), [bytes(11)], most=10)


def test_receiver_refuses_more_than_all_parts_may_have():
    parts = wire.PayloadParts(10)
    parts.add(memoryview(bytes(6)))
    with pytest.raises(wire.ProtocolViolation, match="a payload of more than"):
        parts.add(memoryview(bytes(5)))
    with pytest.raises(wire.ProtocolViolation):
        parts.whole(memoryview(bytes(5)))


def test_part_without_bytes_is_refused():
    """A million of them would keep the host busy for nothing."""
    with pytest.raises(wire.ProtocolViolation):
        wire.PayloadParts(10).add(memoryview(b""))


class TestConversation:
    """The host's half of question and answer."""

    request = wire.Request(5, "call", "m", "f")

    def test_reply_with_the_right_id_is_taken_once(self):
        conversation = wire.Conversation()
        conversation.sent(self.request)
        assert conversation.received(wire.Return(5, None)) == wire.Return(5, None)
        with pytest.raises(wire.ProtocolViolation):
            conversation.received(wire.Return(5, None))

    @pytest.mark.parametrize("early", [wire.Return(5, 1), wire.Raise(5, "E", "")])
    def test_reply_before_any_question_is_refused(self, early):
        with pytest.raises(wire.ProtocolViolation):
            wire.Conversation().received(early)

    @pytest.mark.parametrize("wrong", [wire.Return(4, 1), wire.Done(), wire.Fork(0), request])
    def test_anything_but_the_due_reply_is_refused(self, wrong):
        conversation = wire.Conversation()
        conversation.sent(self.request)
        with pytest.raises(wire.ProtocolViolation):
            conversation.received(wrong)


def test_unknown_message_kind_is_a_protocol_violation():
    body = msgspec.msgpack.encode({"type": "score", "value": 100})
    with pytest.raises(wire.ProtocolViolation):
        wire.FrameReader().feed(struct.pack("!II", len(body), 0) + body)


def test_non_finite_numbers_cross_unchanged():
    got = across([math.inf, -math.inf, -0.0, math.nan])
    assert got[:3] == [math.inf, -math.inf, 0.0]
    assert math.copysign(1, got[2]) == -1
    assert math.isnan(got[3])


# ---- tensors -----------------------------------------------------------------------------------

SHAPES = [(), (0,), (1,), (2, 3), (0, 3), (2, 1, 3)]


@pytest.mark.parametrize("name", tensors.DTYPES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tensors_arrive_equal_fresh_and_without_graph(name, shape):
    value = (torch.rand(shape) * 3).to(getattr(torch, name))
    got = across(value)
    assert type(got) is torch.Tensor
    assert (got.dtype, got.shape, got.requires_grad) == (value.dtype, value.shape, False)
    assert torch.equal(got, value)


@pytest.mark.parametrize(
    "value",
    [
        torch.arange(12.0).reshape(3, 4).T,
        torch.arange(12.0)[::3],
        torch.ones(1).expand(2, 3),
        torch.tensor([1 + 2j]).conj(),
        torch.nn.Parameter(torch.ones(2)),
        torch.ones(2, requires_grad=True) * 2,
    ],
    ids=["transposed", "strided", "expanded", "conjugated", "parameter", "with_graph"],
)
def test_only_the_elements_of_a_tensor_cross(value):
    got = across(value)
    assert torch.equal(got, value)
    assert got.is_contiguous()
    assert not got.requires_grad


@pytest.mark.parametrize(
    "value",
    [
        torch.ones(1).expand(10**12),
        torch.eye(2).to_sparse(),
        torch.ones(2, device="meta"),
        torch.ones(2).as_subclass(type("Liar", (torch.Tensor,), {})),
    ],
    ids=["larger_than_memory", "sparse", "meta", "subclass"],
)
def test_tensor_without_plain_form_stays_behind(value):
    packer = values.Packer(lambda _: values.Handle(1, "torch.Tensor"))
    assert packer.pack([value]) == [Tag.LIST, [Tag.HANDLE, 1, "torch.Tensor"]]
    assert not packer.payload


def test_state_dict_and_size_arrive_as_dict_and_tuple():
    layer = torch.nn.Linear(3, 2)
    got = across([layer.state_dict(), layer.weight.shape])
    assert type(got[0]) is dict
    assert torch.equal(got[0]["weight"], layer.weight)
    assert got[1] == (2, 3)
    assert type(got[1]) is tuple


@pytest.mark.parametrize(
    ("encoded", "payload"),
    [
        ([Tag.TENSOR, "float32", [2]], b"1234"),
        ([Tag.TENSOR, "float32", [1]], b"12345678"),
        ([Tag.TENSOR, "float32", [-1]], b""),
        ([Tag.TENSOR, "float32", [2**62, 4]], b"1234"),
        ([Tag.TENSOR, "float32", [0, 2**63]], b""),
        ([Tag.TENSOR, "float32", [0, 2**70]], b""),
        ([Tag.TENSOR, "load", [1]], b"1"),
        ([Tag.TENSOR, "float32", [1] * 33], b"1234"),
        ([Tag.TENSOR, "float32"], b""),
        ([Tag.TENSOR, 3, [1]], b"1"),
        ([Tag.TENSOR, "float32", ["1"]], b"1234"),
    ],
)
def test_tensor_that_was_not_paid_for_is_refused(encoded, payload):
    with pytest.raises(wire.ProtocolViolation):
        decode(encoded, payload)


def test_parameter_of_a_lazy_layer_stays_and_says_that_it_has_no_shape():
    name = values.type_name(torch.nn.LazyLinear(2).weight)
    assert name.endswith("UninitializedParameter (dtype float32, without a shape yet)")


def test_any_byte_of_a_bool_tensor_is_a_bool():
    got = decode([Tag.TENSOR, "bool", [3]], b"\x00\x02\xff")
    assert torch.equal(got, torch.tensor([False, True, True]))
