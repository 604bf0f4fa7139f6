"""One test's failure stays its own: pytest's teardown goes on, whatever a finalizer raises.

pytest goes on from an `Exception` in a finalizer, and from nothing else. `host.Stopped` is none on
purpose, and a fixture may call `sys.exit`: either would leave the other fixtures of its test, and
the module, to the next test, which then fails in its setup though it is another file's. Owns how
such a failure is dressed up as an `Exception` and undressed again; imports what pytest calls its
own (`_setupstate`), because no hook comes between two finalizers.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

_ENDS_THE_RUN = (KeyboardInterrupt, pytest.exit.Exception)


class Contained(Exception):  # a carrier, not an error of its own
    """A failure in a form that pytest goes on from.

    Args:
        failure: what was raised.
    """

    def __init__(self, failure: BaseException) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Finalizer:
    """A finalizer that raises exceptions only."""

    run: Callable[[], object]

    def __call__(self) -> None:
        try:
            self.run()
        except (Exception, *_ENDS_THE_RUN):
            raise
        except BaseException as failure:
            raise Contained(failure) from failure


def contain(session: pytest.Session) -> None:
    """Contain all that the coming teardown may run."""
    for finalizers, _ in session._setupstate.stack.values():
        finalizers[:] = [f if isinstance(f, _Finalizer) else _Finalizer(f) for f in finalizers]


def original(failure: BaseException) -> BaseException:
    """What was raised: out of its container, and the first where pytest gathered several."""
    while isinstance(failure, Contained | BaseExceptionGroup):
        failure = failure.failure if isinstance(failure, Contained) else failure.exceptions[0]
    return failure
