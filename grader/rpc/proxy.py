"""What a suite sees of a submission: attribute access and calls that cross the wire.

Owns the stand-ins below. Each operation is one question to the child; names that begin with
an underscore never leave this process, so NumPy, copy and pickle cannot be tricked into probing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from grader.rpc import values

Ask = Callable[..., Any]
# `list` and NumPy make room for as many items as an object says it has, before the first.
MAX_LENGTH = 2**26
MAX_REMARKS, MAX_REMARK_CHARS = 4, 400  # on one checkpoint; the submission's own claims


@dataclass(frozen=True, slots=True)
class Differentiated:
    """What a function of the submission returned, and gradients of it; None means no graph.

    Attributes:
        grads: one for each position in `wrt`.
        parameters: by name, when the function is a module or a method of one.
    """

    value: Any
    grads: tuple[Any, ...]
    parameters: dict[str, Any]


class Student:
    """The submission: `student.<module>.<function>(...)`.

    Calls return values (arrays, numbers, containers of them); any other object stays with the
    student and is a `Remote`.
    """

    def __init__(
        self,
        ask: Ask,
        cpu_s: Callable[[], float | None] = lambda: None,
        remark: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._ask = ask
        self._cpu_s = cpu_s
        self._remark = remark

    def __getattr__(self, module: str) -> "Module":
        if module.startswith("_"):
            raise AttributeError(module)
        return Module(self._ask, module)

    def module(self, name: str) -> "Module":
        """A module by its full dotted name."""
        return Module(self._ask, name)

    def cpu_s(self) -> float | None:
        """CPU seconds that this test's sandbox has used so far; None where it cannot be read."""
        return self._cpu_s()

    def put(self, value: object) -> "Remote":
        """A copy of a value living with the student, to see later what became of it."""
        remote: Remote = self._ask("put", 0, "", value)
        return remote

    def value_and_grad(
        self,
        function: "Member | Remote",
        *args: Any,
        wrt: Sequence[int] = (0,),
        upstream: Any = None,
        **kwargs: Any,
    ) -> Differentiated:
        """Call a PyTorch function of the submission and go backward through its graph.

        Args:
            function: `student.losses.focal_loss`, a model, or a method of one.
            wrt: positions in `args` to differentiate by.
            upstream: gradient with respect to the result; without it the result must be a scalar.
        """
        target, name = _place(function)
        rest = (args, kwargs, tuple(wrt), upstream)
        answer = self._ask("value_and_grad", target, name, *rest)
        value, grads, parameters = answer
        if type(grads) is not tuple or len(grads) != len(wrt) or type(parameters) is not dict:
            raise ValueError("no gradients came back")
        return Differentiated(value, grads, parameters)

    def load_checkpoint(self, model: "Remote", path: str) -> None:
        """Load a submitted checkpoint, read with `weights_only=True`, into the student's model.

        What had to be assumed about the file is remarked, for the notes of the report.
        """
        said = self._ask("load_checkpoint", _place(model)[0], "", path)
        for text in said[:MAX_REMARKS] if type(said) is list else ():
            if type(text) is str:
                self._remark(text[:MAX_REMARK_CHARS])

    def read_file(self, path: str) -> bytes:
        """A submitted file; one that is not there raises in the submission's name."""
        content = self._ask("read_file", 0, path)
        if type(content) is not bytes:
            raise TypeError(f"{path} could not be read")
        return content

    def seed(self, seed: int) -> None:
        """Seed Python's, NumPy's and PyTorch's global generators where the submission runs."""
        self._ask("seed", 0, "", seed)


class Module:
    """One file of the submission."""

    def __init__(self, ask: Ask, name: str) -> None:
        self._ask = ask
        self._name = name

    def __getattr__(self, name: str) -> "Member":
        if name.startswith("_"):
            raise AttributeError(name)
        return Member(self._ask, self._name, name)


class Member:
    """A function, class or constant of a module; nothing is asked until it is used."""

    def __init__(self, ask: Ask, module: str, name: str) -> None:
        self._ask = ask
        self._module = module
        self._name = name

    @property
    def place(self) -> tuple[str, str]:
        """Module and name."""
        return self._module, self._name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, or construct the class, with values or handles."""
        return self._ask("call", self._module, self._name, *args, **kwargs)

    def value(self) -> Any:
        """The member itself: a constant's value, or a `Remote` of a function or class."""
        return self._ask("get", self._module, self._name)


def _place(function: "Member | Remote") -> tuple[str | int, str]:
    """Where the guest finds a function: module and name, or a handle."""
    if isinstance(function, Remote):
        return handle_of(function).id, ""
    if isinstance(function, Member):
        return function.place
    raise TypeError(f"a {type(function).__name__} is no function of the submission")


class Remote:
    """An object that stays with the student: attributes, items, length, iteration and calls."""

    def __init__(self, ask: Ask, handle: values.Handle) -> None:
        object.__setattr__(self, "_ask", ask)
        object.__setattr__(self, "_handle", handle)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # NumPy, copy and pickle probe for these
            raise AttributeError(name)
        return self._ask("get", self._handle.id, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._ask("set", self._handle.id, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object with values or handles."""
        return self._ask("call", self._handle.id, "", *args, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("item", self._handle.id, "", key)

    def __setitem__(self, key: Any, value: object) -> None:
        self._ask("set_item", self._handle.id, "", key, value)

    def __len__(self) -> int:
        length = self._ask("len", self._handle.id)
        if type(length) is not int or not 0 <= length <= MAX_LENGTH:
            raise ValueError(f"its length is said to be {length!r:.60}")
        return length

    def __iter__(self) -> Iterator[Any]:
        return iter(self._ask("keys", self._handle.id))

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<{self._handle.type_name} of the submission>"

    def value(self) -> Any:
        """The object by value; itself when it has no plain form."""
        return self._ask("value", self._handle.id)


def handle_of(value: object) -> values.Handle:
    """The handle of a `Remote`; any other object without an encoding is the suite's mistake."""
    if isinstance(value, Remote):
        handle: values.Handle = object.__getattribute__(value, "_handle")
        return handle
    raise TypeError(
        f"a {type(value).__name__} cannot be sent to the submission; send numbers, strings, "
        "arrays, containers of them, or objects that the submission returned"
    )
