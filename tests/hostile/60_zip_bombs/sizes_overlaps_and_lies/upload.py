import random
import zlib

from tests.hostile.ziptools import HONEST, bomb, by_hand, entry, sent, zipped

PACKED = zlib.compress(bytes(2**20), 9)[2:-4]


def nested(depth, layers=True):
    inner = zipped(("zeros", bytes(2**16)))
    for _ in range(depth):
        inner = zipped(("inner.zip", inner), layers=layers)
    return [("hw.zip", inner)]


def compressible(size):
    """Bytes that deflate to a tenth: under the ratio that gives a bomb away."""
    noise = random.Random(1)
    return b"".join(noise.randbytes(1000) * 10 for _ in range(size // 10_000))


def around(inner):
    """A zip that holds nothing but one, which the worker opens."""
    return [("hw.zip", zipped((entry("inner.zip", deflated=True), inner), layers=False))]


def lying(size):
    return [("hw.zip", by_hand([("small.bin", PACKED, 8, size, zlib.crc32(bytes(2**20)))]))]


def overlapping(count):
    entries = [(f"copy{n}.bin", PACKED, 8, 2**20, zlib.crc32(bytes(2**20))) for n in range(count)]
    return [("hw.zip", by_hand(entries, shared=True))]


def with_flag(bit):
    whole = bytearray(zipped(layers=True))
    whole[6] |= bit
    whole[whole.index(b"PK\1\2") + 8] |= bit
    return [("hw.zip", bytes(whole))]


def zip64():
    whole = zipped()
    end = whole.index(b"PK\5\6")
    return [("hw.zip", whole[:end] + b"PK\6\7" + bytes(16) + whole[end:])]


def wrong_crc():
    return [("hw.zip", zipped().replace(b"return 2", b"return 3"))]


UPLOADS = {
    "zeros": lambda: [("hw.zip", bomb(600))],
    "repetitive": lambda: [("hw.zip", bomb(64))],
    "within_the_ratio": lambda: sent(*((f"part{n}.bin", bytes(2**20)) for n in range(7)), ("r", bytes(2**20 + 99))),
    "overlapping": lambda: overlapping(150),
    "nested": lambda: nested(6),
    "nested_alone": lambda: nested(6, layers=False),
    "bomb_in_a_zip": lambda: around(bomb(600)),
    "inner_too_large": lambda: around(compressible(12_000_000)),
    "inner_is_no_zip": lambda: around(b"PK"),
    "says_less": lambda: lying(100),
    "says_nothing": lambda: lying(0),
    "wrong_checksum": wrong_crc,
    "encrypted": lambda: with_flag(1),
    "zip64": zip64,
    "truncated": lambda: [("hw.zip", zipped()[:-30])],
    "bytes_before": lambda: [("hw.zip", b"#!/bin/sh\n" + zipped())],
    "bytes_after": lambda: [("hw.zip", zipped() + b"tail")],
    "not_a_zip": lambda: [("hw.zip", b"\x1f\x8b" + bytes(100))],
    "odd_method": lambda: [("hw.zip", by_hand([("x.bin", b"x", 99, 1, zlib.crc32(b"x"))]))],
    "tar_inside": lambda: sent((entry("data.tar.gz"), b"\x1f\x8b")),
    "renamed_zip_inside": lambda: sent(("data.txt", zipped())),
}
