"""Autograder and test-suite service for deep-learning courses."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.client.notebook import check, download, login, submit

# What a notebook uses: imported when it is used, so that `import grader` costs nothing.
__all__ = ["check", "download", "login", "submit"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import importlib

        try:
            return getattr(importlib.import_module("grader.client.notebook"), name)
        except ModuleNotFoundError as exc:
            if exc.name != "grader.client":
                raise
            # A sandbox has this file alone: a notebook that is graded asks nobody for a check.
            return lambda *_args, **_options: None
    raise AttributeError(f"module 'grader' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
