"""What a suite sees of a submission: attribute access and calls that cross the wire.

Owns the four stand-ins below. Each operation is one question to the child; names that begin with
an underscore never leave this process, so NumPy, copy and pickle cannot be tricked into probing.
"""

from collections.abc import Callable, Iterator
from typing import Any

from grader.rpc import values

Ask = Callable[..., Any]


class Student:
    """The submission: `student.<module>.<function>(...)`.

    Calls return values (arrays, numbers, containers of them); any other object stays with the
    student and is a `Remote`.
    """

    def __init__(self, ask: Ask, cpu_s: Callable[[], float | None] = lambda: None) -> None:
        self._ask = ask
        self._cpu_s = cpu_s

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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, or construct the class, with values or handles."""
        return self._ask("call", self._module, self._name, *args, **kwargs)

    def value(self) -> Any:
        """The member itself: a constant's value, or a `Remote` of a function or class."""
        return self._ask("get", self._module, self._name)


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
        return length if type(length) is int and length >= 0 else 0

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
