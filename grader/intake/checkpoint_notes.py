"""Checkpoints that hold a whole model instead of its values: a note before anything is graded.

Owns recognizing one without loading it, by what its pickle names before it makes any value.
Nothing is unpickled. Loading a checkpoint, and the refusal there in the same words, is the
sandbox's (`rpc.checkpoint_files`), which nothing here can import: it needs PyTorch.
"""

import io
import itertools
import pickletools
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO

from grader.intake import archive
from grader.source import filenames

SUFFIXES = frozenset({".pt", ".pth", ".ckpt", ".pkl"})
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # how PyTorch began a file before 1.6
HEADERS = 3  # pickles that stand before the object there
MAX_BYTES = 100_000  # of a file that are looked into
MAX_OPCODES = 64  # within which the object's class is named, and a header ends
# What stands before the class; with protocols that name it by two texts, these as well.
_BEFORE = frozenset({"PROTO", "FRAME", "MARK", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"})
# Modules of which values are made: of containers, NumPy's arrays and PyTorch's tensors. Of what the
# protocols 0 and 1 rebuild, nothing is said.
_OF_VALUES = frozenset(
    {
        *(
            "copyreg",
            "copy_reg",
            "collections",
            "builtins",
            "__builtin__",
            "_codecs",
            "numpy",
            "torch",
        ),
        *("torch._tensor", "torch._utils", "torch.nn.parameter", "torch.storage"),
    }
)


def notes(files: Mapping[str, bytes], asked_for: Collection[str]) -> tuple[str, ...]:
    """A note on each checkpoint that is asked for and holds a whole model."""
    paths = sorted(path for path in {*asked_for} if path in files and _may_be(path))
    named = ((path, _whole_object(files[path])) for path in paths)
    return tuple(_note(path, name) for path, name in named if name)


def _may_be(path: str) -> bool:
    return PurePosixPath(path).suffix.casefold() in SUFFIXES


def _note(path: str, name: str) -> str:
    return (
        f"{path} holds a whole object of class {filenames.shown(name, 200)}, as torch.save(model) "
        "writes it; only its values can be loaded. Save it again by "
        "torch.save(model.state_dict(), path)."
    )


def _whole_object(content: bytes) -> str:
    """The class of the object that a file holds; empty for values, and for what is no pickle."""
    try:
        name = next(_named_first(_pickle(content)), "")
    except (ValueError, OverflowError):  # a stranger's bytes: loading them says what they are
        return ""
    module = name.rpartition(".")[0]
    return "" if module in _OF_VALUES or module.startswith("numpy.") else name


def _pickle(content: bytes) -> BinaryIO:
    """Where the pickle of the object begins: in a zip, or behind the older format's headers."""
    name, inside = archive.first_stored(content, MAX_BYTES)
    if name:
        return io.BytesIO(inside if name.rpartition("/")[2] == "data.pkl" else b"")
    file = io.BytesIO(content[:MAX_BYTES])
    for _ in range(HEADERS if content.startswith(LEGACY) else 0):
        list(itertools.islice(pickletools.genops(file), MAX_OPCODES))
    return file


def _named_first(pickle: BinaryIO) -> Iterator[str]:
    """What a pickle names before it makes any value, as `module.name`."""
    texts = list[str]()
    for opcode, argument, _ in itertools.islice(pickletools.genops(pickle), MAX_OPCODES):
        if opcode.name == "GLOBAL":
            yield str(argument).replace(" ", ".", 1)
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(texts[-2:])
        elif opcode.name.endswith("UNICODE"):
            texts.append(str(argument))
        elif opcode.name not in _BEFORE:
            return
